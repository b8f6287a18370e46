"""The Python sides: labels once, photos in batches of 16, all cores.

    python.py transformers   CLIPModel on PyTorch with Hugging Face's processor; its weights are random
    python.py onnxruntime    Pillow and NumPy as open_clip's transforms do it, the same ONNX files as ours

Each line on stdin is a question: {"model", "labels"} or {"photos"}; the answer is {"milliseconds"}.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

BATCH = 16
MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
STD = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


class Transformers:
    def __init__(self, model):
        import torch
        from transformers import AutoTokenizer, CLIPConfig, CLIPImageProcessor, CLIPModel

        torch.set_grad_enabled(False)
        self.torch = torch
        self.network = CLIPModel(CLIPConfig.from_pretrained(model)).eval()
        self.processor = CLIPImageProcessor.from_pretrained(model)
        self.tokenizer = AutoTokenizer.from_pretrained(model)

    @staticmethod
    def rows(features):
        """transformers 5 gives an object, earlier ones the tensor itself."""
        return getattr(features, "pooler_output", features).numpy()

    def texts(self, texts):
        return self.rows(self.network.get_text_features(**self.tokenizer(texts, padding=True, return_tensors="pt")))

    def images(self, images):
        return self.rows(self.network.get_image_features(**self.processor(images=images, return_tensors="pt")))


class OnnxRuntime:
    def __init__(self, model):
        import onnxruntime
        from tokenizers import Tokenizer

        onnx = Path(model) / "onnx"
        self.text, self.vision = (
            onnxruntime.InferenceSession(onnx / f"{tower}_model.onnx", providers=["CPUExecutionProvider"])
            for tower in ("text", "vision")
        )
        self.tokenizer = Tokenizer.from_file(str(Path(model) / "tokenizer.json"))
        self.tokenizer.enable_padding(pad_id=49407)

    def texts(self, texts):
        encoded = self.tokenizer.encode_batch(texts)
        values = {
            "input_ids": np.array([each.ids for each in encoded], np.int64),
            "attention_mask": np.array([each.attention_mask for each in encoded], np.int64),
        }
        return self.text.run(["text_embeds"], {each.name: values[each.name] for each in self.text.get_inputs()})[0]

    def images(self, images):
        return self.vision.run(["image_embeds"], {"pixel_values": np.stack([pixels(image) for image in images])})[0]


def pixels(image, side=224):
    scale = side / min(image.size)
    width, height = (round(length * scale) for length in image.size)
    left, top = (width - side) // 2, (height - side) // 2
    resized = image.resize((width, height), Image.Resampling.BICUBIC).crop((left, top, left + side, top + side))
    return ((np.asarray(resized, np.float32) / 255 - MEAN) / STD).transpose(2, 0, 1)


side = {"transformers": Transformers, "onnxruntime": OnnxRuntime}[sys.argv[1]]
network, classes = None, None
for line in sys.stdin:
    question = json.loads(line)
    started = time.perf_counter()
    if "labels" in question:
        network = network or side(question["model"])
        classes = unit(network.texts([f"a photo of a {label}" for label in question["labels"]]))
    else:
        photos = question["photos"]
        for at in range(0, len(photos), BATCH):
            images = [Image.open(photo).convert("RGB") for photo in photos[at : at + BATCH]]
            logits = 100 * unit(network.images(images)) @ classes.T
            weights = np.exp(logits - logits.max(axis=1, keepdims=True))
            weights / weights.sum(axis=1, keepdims=True)
    print(json.dumps({"milliseconds": 1000 * (time.perf_counter() - started)}), flush=True)
