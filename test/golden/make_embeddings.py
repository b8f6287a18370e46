"""Write the embeddings of a model by Python's own onnxruntime, tokenizers and Pillow, to compare nearlabel's with.

Texts and pictures go through the networks one at a time, so nothing is padded and no batch can hide a fault. Embeddings
are of unit length, float32, in base64. The pictures are drawn by the formula in `picture`, which
test/model.test.ts follows too; given a folder, they are also written there, for bench/parity/embeddings.mjs.

usage: make_embeddings.py MODEL_FOLDER TEXTS OUT_JSON [PICTURES_FOLDER]     TEXTS: number of prompts, 1 to 100
       make_embeddings.py ../../models/mini 10 embeddings.json              writes the committed file
"""

import base64
import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import tokenizers
from PIL import Image
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

ADJECTIVES = ["red", "old", "tiny", "wooden", "shiny", "broken", "striped", "frozen", "flying", "quiet"]
NOUNS = ["apple", "aquarium fish", "bicycle", "castle", "dolphin", "keyboard", "maple tree", "pickup truck", "tiger", "wardrobe"]
SIZES = [(48, 48), (224, 224), (32, 32), (640, 427), (120, 333), (50, 49)]


def prompts(count):
    """`a photo of a red apple` and so on, each adjective with each noun."""
    return [f"a photo of a {ADJECTIVES[i % 10]} {NOUNS[(i // 10 + i) % 10]}" for i in range(count)]


def picture(width, height, seed):
    """Waves, ramps and a product of the coordinates, modulo 256: height x width x 3, uint8."""
    y, x = np.mgrid[0:height, 0:width].astype(np.int64)
    red = (x * (3 + seed) + y * 5) % 256
    green = (x * y // (seed + 2) + 40 * seed) % 256
    blue = (255 - (x * x + y * y) // (8 + seed)) % 256
    return np.stack([red, green, blue], -1).astype(np.uint8)


def unit(rows):
    rows = np.concatenate(rows).astype(np.float64)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def text_embeddings(folder, count):
    session = onnxruntime.InferenceSession(folder / "onnx" / "text_model.onnx")
    wanted = {value.name for value in session.get_inputs()}
    tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    rows = []
    for text in prompts(count):
        encoding = tokenizer.encode(text)
        feeds = {"input_ids": np.array([encoding.ids]), "attention_mask": np.array([encoding.attention_mask])}
        rows += session.run(["text_embeds"], {name: value for name, value in feeds.items() if name in wanted})
    return unit(rows)


def image_embeddings(folder):
    session = onnxruntime.InferenceSession(folder / "onnx" / "vision_model.onnx")
    processor = CLIPImageProcessorPil.from_pretrained(str(folder))
    rows = []
    for seed, (width, height) in enumerate(SIZES):
        pixels = processor(Image.fromarray(picture(width, height, seed)), return_tensors="np")["pixel_values"]
        rows += session.run(["image_embeds"], {"pixel_values": pixels.astype(np.float32)})
    return unit(rows)


def encoded(array):
    return {"shape": array.shape, "base64": base64.b64encode(array.astype("<f4").tobytes()).decode()}


def write_pictures(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for seed, (width, height) in enumerate(SIZES):
        Image.fromarray(picture(width, height, seed)).save(folder / f"{seed}.png")


def main(folder, texts, out, pictures=None):
    folder, texts = Path(folder), int(texts)
    if pictures:
        write_pictures(Path(pictures))
    golden = {
        "onnxruntime": onnxruntime.__version__,
        "texts": prompts(texts),
        "textEmbeddings": encoded(text_embeddings(folder, texts)),
        "imageSizes": SIZES,
        "imageEmbeddings": encoded(image_embeddings(folder)),
    }
    Path(out).write_text(json.dumps(golden, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
