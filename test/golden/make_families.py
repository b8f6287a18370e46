"""Write families/: a tiny random model of each family of CLIP, and what Python makes of texts and pictures with it.

    python make_families.py      writes families/NAME/ (the folder that nearlabel loads) and families/NAME.json (golden)

Needs torch, transformers, tokenizers, sentencepiece, onnx, onnxruntime and Pillow. Everything is drawn from a fixed seed.

Where transformers has the family, its model, processor and tokenizer are the reference, and its zero-shot pipeline is
run too. MobileCLIP, jina-clip and the ResNets of open_clip are stand-ins: a small network with the configuration,
inputs and outputs of the published export, whose reference for pictures is the published transform, in Pillow.

The exports follow what is published: transformers.js folders with separate towers, or with one graph for both
(Chinese-CLIP, jina-clip v2), and Immich's open_clip folders, whose graphs take one picture or one text at a time.
"""

import base64
import json
import struct
import sys
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import tokenizers
import torch
import transformers

import family_tokenizers as tokenizers_of
import make_tokens
from family_networks import BIAS, DIMENSION, IDS, PIXELS, SCALE, SIZE, TEXT_INPUTS, StandIn, Tower
from family_networks import export, export_both, export_towers, scrambled, unit
from family_pictures import HALF, MEAN, PICTURES, SHORTEST, SQUASHED, STD
from family_pictures import by_open_clip, by_transformers, picture, pixels_of, preprocessor, processor_of

OUT = Path(__file__).parent / "families"
TEXTS = [
    "a photo of a cat", "A Photo of the DOG!", "it's a well-known 'red' car, (really)...", "", "  spaced \t out \n",
    "一只猫的照片 in 北京", "ｆｕｌｌ　ｗｉｄｔｈ ﬁsh ½", "Ünïcödé naïve CAFÉ", "emoji 😀 🦊 cat", "ΟΔΟΣ σίγμα",
    "under_score #tag @home 3.14% of $5", " ".join(["a very long text of many words"] * 12),
]  # fmt: skip
LABELS = ["cat", "dog", "red car", "tree", "aquarium fish"]
ONE_LAYER = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 1, "num_attention_heads": 2}
EAGER = {"attn_implementation": "eager"}


# Golden files ----------------------------------------------------------------------------------------------------


def numbers(values, digits=7):
    return [float(f"{value:.{digits}g}") for value in np.asarray(values, dtype=np.float64).ravel()]


def matrix(values):
    return [numbers(row) for row in np.asarray(values)]


def golden(name, ids, pixels, texts, images, scale, bias=0.0, score="softmax", **more):
    """The golden file of one model. `texts`, `images`: embeddings of any length, as tensors."""
    logits = unit(images) @ unit(texts).T * scale + bias
    scores = logits.softmax(1) if score == "softmax" else logits.sigmoid()
    cosines = unit(texts) @ unit(texts).T
    assert (cosines - torch.eye(len(cosines))).max() < 0.99999, f"{name}: texts are too much alike to tell"
    content = {
        "made_with": {"transformers": transformers.__version__, "onnxruntime": onnxruntime.__version__},
        "logitScale": scale, "logitBias": bias, "scoreFunction": score, "texts": TEXTS, "ids": ids, "pixels": pixels,
        "textEmbeddings": matrix(texts), "imageEmbeddings": matrix(images), "logits": matrix(logits),
        "scores": matrix(scores), **more,
    }  # fmt: skip
    body = ",\n".join(f"{json.dumps(key)}: {rows(value)}" for key, value in content.items())
    (OUT / f"{name}.json").write_text(f"{{\n{body}\n}}\n", "utf-8")


def rows(value):
    if not isinstance(value, list) or not isinstance(value[0], (list, dict, str)):
        return json.dumps(value, ensure_ascii=False)
    return "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in value) + "\n]"


def write(folder, name, value):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(value, ensure_ascii=False) + "\n", "utf-8")


def pipeline_of(model, tokenizer, config):
    """Labels and scores by transformers' zero-shot pipeline, best first, for three pictures."""
    classify = transformers.pipeline(
        "zero-shot-image-classification", model=model, tokenizer=tokenizer, image_processor=processor_of(config), device="cpu"
    )
    ranked = lambda name: classify(picture(name), candidate_labels=LABELS, hypothesis_template="This is a photo of {}.")
    return [
        {"picture": name, "ranking": [[row["label"], float(f"{row['score']:.7g}")] for row in ranked(name)]}
        for name in PICTURES[:3]
    ]


# Families ------------------------------------------------------------------------------------------------------


def write_transformers_golden(name, model, tokenizer, config, padding, length, score="softmax", bias=0.0):
    batch = tokenizer(TEXTS, padding=padding, truncation=True, max_length=length, return_tensors="pt")
    wanted = {key: value for key, value in batch.items() if key != "token_type_ids"}
    pixels, values = pixels_of(by_transformers(config))
    with torch.no_grad():
        texts = model.get_text_features(**wanted).pooler_output
        images = model.get_image_features(pixel_values=values).pooler_output
        out = model(pixel_values=values, **wanted).logits_per_image
    assert torch.allclose(out, unit(images) @ unit(texts).T * SCALE + bias, atol=1e-4), name
    ranking = pipeline_of(model, tokenizer, config)
    golden(name, batch["input_ids"].tolist(), pixels, texts, images, SCALE, bias, score, labels=LABELS, pipeline=ranking)


def clip():
    tokenizer, size = tokenizers_of.clip(OUT / "clip", length=24)
    text = {**ONE_LAYER, "vocab_size": size, "max_position_embeddings": 24, "eos_token_id": size - 1, "bos_token_id": size - 2}
    vision = {**ONE_LAYER, "image_size": SIZE, "patch_size": 16}
    config = transformers.CLIPConfig(text_config=text, vision_config=vision, projection_dim=DIMENSION, **EAGER)
    model = scrambled(transformers.CLIPModel(config))
    export_towers(model, OUT / "clip", TEXT_INPUTS)
    write(OUT / "clip", "config.json", {"model_type": "clip", "projection_dim": DIMENSION, "logit_scale": SCALE, "text_config": text, "vision_config": vision})
    processing = preprocessor("CLIP", SHORTEST)
    write(OUT / "clip", "preprocessor_config.json", processing)
    write_transformers_golden("clip", model, tokenizer, processing, True, 24)


def siglip(name, tokenizer, size, written, resample):
    """Separate towers, and one graph with both, from which scale and bias are measured where `written` has none."""
    folder = OUT / name
    shape = {**ONE_LAYER, "hidden_size": DIMENSION}
    text = {**shape, "vocab_size": size, "max_position_embeddings": 64, "pad_token_id": 1, "bos_token_id": None, "eos_token_id": 1}
    vision = {**shape, "image_size": SIZE, "patch_size": 16}
    config = transformers.SiglipConfig(text_config=text, vision_config=vision, **EAGER)
    model = scrambled(transformers.SiglipModel(config), bias=BIAS)
    ids = {"input_ids": torch.ones(2, 64, dtype=torch.long)}
    # The pooled output is the embedding: there is no projection behind it.
    export_towers(model, folder, ids, ("pooler_output", "pooler_output"))
    if not written:
        export_both(model, folder, ids)
    write(folder, "config.json", {"model_type": "siglip", **written, "text_config": text, "vision_config": vision})
    processing = preprocessor("Siglip", SQUASHED, HALF, HALF, resample=resample)
    write(folder, "preprocessor_config.json", processing)
    write_transformers_golden(name, model, tokenizer, processing, "max_length", 64, "sigmoid", BIAS)


def siglip1():
    tokenizer, size = tokenizers_of.siglip(OUT / "siglip")
    siglip("siglip", tokenizer, size, {}, 3)


def siglip2():
    tokenizer, size = tokenizers_of.gemma(OUT / "siglip2")
    siglip("siglip2", tokenizer, size, {"logit_scale": SCALE, "logit_bias": BIAS}, 2)
    naflex = json.loads(transformers.Siglip2Config(text_config=ONE_LAYER, vision_config=ONE_LAYER).to_json_string())
    write(OUT / "siglip2-naflex", "config.json", naflex)


def chinese_clip():
    """One graph for both towers, as the export for transformers.js is; nothing says what the logit scale is."""
    folder = OUT / "chinese-clip"
    tokenizer, size = tokenizers_of.word_piece(folder, length=24)
    text = {**ONE_LAYER, "vocab_size": size, "max_position_embeddings": 512, "type_vocab_size": 2, "pad_token_id": 0}
    vision = {**ONE_LAYER, "image_size": SIZE, "patch_size": 16}
    config = transformers.ChineseCLIPConfig(text_config={**text, "max_position_embeddings": 64}, vision_config=vision, projection_dim=DIMENSION, **EAGER)
    model = scrambled(transformers.ChineseCLIPModel(config))
    export_both(model, folder, TEXT_INPUTS)
    write(folder, "config.json", {"model_type": "chinese_clip", "projection_dim": DIMENSION, "text_config": text, "vision_config": vision})
    processing = preprocessor("ChineseCLIP", SQUASHED, do_center_crop=False)
    write(folder, "preprocessor_config.json", processing)
    write_transformers_golden("chinese-clip", model, tokenizer, processing, True, 24)


def altclip():
    folder = OUT / "altclip"
    tokenizer, size = tokenizers_of.xlm_roberta(folder, length=24)
    text = {**ONE_LAYER, "vocab_size": size, "max_position_embeddings": 514, "project_dim": DIMENSION, "pad_token_id": 1}
    vision = {**ONE_LAYER, "image_size": SIZE, "patch_size": 16}
    config = transformers.AltCLIPConfig(text_config={**text, "max_position_embeddings": 40}, vision_config=vision, projection_dim=DIMENSION, **EAGER)
    model = scrambled(transformers.AltCLIPModel(config))
    export_towers(model, folder, TEXT_INPUTS)
    write(folder, "config.json", {"model_type": "altclip", "projection_dim": DIMENSION, "logit_scale": SCALE, "text_config": text, "vision_config": vision})
    processing = preprocessor("CLIP", SHORTEST)
    write(folder, "preprocessor_config.json", processing)
    write_transformers_golden("altclip", model, tokenizer, processing, True, 24)


def metaclip2():
    folder = OUT / "metaclip2"
    tokenizer, size = tokenizers_of.xlm_roberta(folder, length=24)
    text = {**ONE_LAYER, "vocab_size": size, "max_position_embeddings": 24, "eos_token_id": 2, "bos_token_id": 0}
    vision = {**ONE_LAYER, "image_size": SIZE, "patch_size": 16}
    config = transformers.MetaClip2Config(text_config=text, vision_config=vision, projection_dim=DIMENSION, **EAGER)
    model = scrambled(transformers.MetaClip2Model(config))
    export_towers(model, folder, TEXT_INPUTS)
    write(folder, "config.json", {"model_type": "metaclip_2", "projection_dim": DIMENSION, "logit_scale": SCALE, "text_config": text, "vision_config": vision})
    processing = preprocessor("CLIP", SHORTEST)
    write(folder, "preprocessor_config.json", processing)
    write_transformers_golden("metaclip2", model, tokenizer, processing, True, 24)


def write_stand_in_golden(name, model, tokenizer, process, padding, length, scale, clean=str, pad=None, **more):
    batch = tokenizer([clean(text) for text in TEXTS], padding=padding, truncation=True, max_length=length, return_tensors="pt")
    ids = batch["input_ids"] if pad is None else batch["input_ids"].where(batch["attention_mask"] == 1, pad)
    pixels, values = pixels_of(process)
    with torch.no_grad():
        texts, images = model.text_model(ids), model.vision_model(values)
    golden(name, ids.tolist(), pixels, texts, images, scale, **more)


def mobileclip():
    """Apple's text tower takes all 77 positions and no fewer, though its graph does not say so."""
    folder = OUT / "mobileclip"
    tokenizer, size = tokenizers_of.clip(folder, length=77, pad="!")
    model = scrambled(StandIn(size, 77))
    whole = {"input_ids": torch.ones(2, 77, dtype=torch.long)}
    export(Tower(model, lambda m, ids: m.text_model(ids)), whole, ["text_embeds"], folder / "onnx/text_model.onnx")
    export(Tower(model, lambda m, x: m.vision_model(x)), {"pixel_values": PIXELS}, ["image_embeds"], folder / "onnx/vision_model.onnx")
    write(folder, "config.json", {"model_type": "clip", "architectures": ["CLIPModel"], "projection_dim": DIMENSION,
        "text_config": {"model_type": "clip_text_model", "max_position_embeddings": 77}, "vision_config": {"model_type": "mobileclip", "image_size": SIZE}})
    processing = preprocessor("CLIP", SHORTEST, resample=2, do_normalize=False)
    write(folder, "preprocessor_config.json", {key: value for key, value in processing.items() if not key.startswith("image_m") and not key.startswith("image_s")})
    # The published example multiplies cosines by 100.
    write_stand_in_golden("mobileclip", model, tokenizer, by_transformers(processing), "max_length", 77, 100.0, pad=0)


def jina_clip_1():
    """Besides, the same towers for two texts of 48 tokens and three pictures, and with their weights in files of their own."""
    folder = OUT / "jina-clip-v1"
    tokenizer, size = tokenizers_of.word_piece(folder, length=48)
    model = scrambled(StandIn(size, 48, pad=0, seed=1))
    run = lambda m, ids, mask: m.text_model(ids * mask)
    export(Tower(model, run), TEXT_INPUTS, ["text_embeds"], folder / "onnx/text_model.onnx")
    export(Tower(model, lambda m, x: m.vision_model(x)), {"pixel_values": PIXELS}, ["image_embeds"], folder / "onnx/vision_model.onnx")
    jina(folder, {"logit_scale": SCALE})
    fixed, outside = OUT / "layouts/fixed-sizes/onnx", OUT / "layouts/external-data/onnx"
    export(Tower(model, run), {key: value[:, :1].repeat(1, 48) for key, value in TEXT_INPUTS.items()}, ["text_embeds"], fixed / "text_model.onnx", dynamic=False)
    export(Tower(model, lambda m, x: m.vision_model(x)), {"pixel_values": PIXELS.repeat(2, 1, 1, 1)[:3]}, ["image_embeds"], fixed / "vision_model.onnx", dynamic=False)
    for name in ("text_model.onnx", "vision_model.onnx"):
        outside.mkdir(parents=True, exist_ok=True)
        (outside / f"{name}_data").unlink(missing_ok=True)
        options = {"save_as_external_data": True, "location": f"{name}_data", "size_threshold": 256}
        onnx.save(onnx.load(folder / "onnx" / name), outside / name, **options)
    write_stand_in_golden("jina-clip-v1", model, tokenizer, by_open_clip(SIZE, MEAN, STD), True, 48, SCALE)


def jina_clip_2():
    """One graph for both towers, without logits; each embedding also at unit length."""
    folder = OUT / "jina-clip-v2"
    tokenizer, size = tokenizers_of.xlm_roberta(folder, length=48)
    model = scrambled(StandIn(size, 48, pad=1, seed=2))

    def run(m, ids, pixels):
        texts, images = m.text_model(ids), m.vision_model(pixels)
        return texts, images, unit(texts), unit(images)

    outputs = ("text_embeddings", "image_embeddings", "l2norm_text_embeddings", "l2norm_image_embeddings")
    export(Tower(model, run), {"input_ids": IDS, "pixel_values": PIXELS}, outputs, folder / "onnx/model.onnx")
    jina(folder, {"logit_scale": SCALE})
    write_stand_in_golden("jina-clip-v2", model, tokenizer, by_open_clip(SIZE, MEAN, STD), True, 48, SCALE)


def jina(folder, more):
    text = {"embed_dim": DIMENSION, "hf_model_name_or_path": "jinaai/jina-embeddings"}
    vision = {"embed_dim": DIMENSION, "image_size": SIZE}
    write(folder, "config.json", {"model_type": "jina_clip", "projection_dim": DIMENSION, "logit_scale_init_value": 2.6592, **more, "text_config": text, "vision_config": vision})
    write(folder, "preprocessor_config.json", {"fill_color": 0, "image_processor_type": "JinaCLIPImageProcessor", "interpolation": "bicubic",
        "mean": MEAN, "std": STD, "processor_class": "JinaCLIPProcessor", "resize_mode": "shortest", "size": SIZE})


# Immich's exports of open_clip ----------------------------------------------------------------------------------


def open_clip(name, model, tokenizer, length, cfg, preprocess, **more):
    """Graphs for one text and one picture, unit length, as Immich's exporter makes them."""
    folder = OUT / name
    text = Tower(model, lambda m, ids: unit(m.text_model(ids.long())))
    export(text, {"text": torch.ones(1, length, dtype=torch.int32)}, ["embedding"], folder / "textual/model.onnx", dynamic=False)
    image = Tower(model, lambda m, x: unit(m.vision_model(x)))
    export(image, {"image": PIXELS[:1]}, ["embedding"], folder / "visual/model.onnx", dynamic=False)
    write(folder, "config.json", cfg)
    write(folder, "visual/preprocess_cfg.json", preprocess)
    write_stand_in_golden(name, model, tokenizer, by_open_clip(**preprocess), "max_length", length, **more)


PREPROCESS = {"size": [SIZE, SIZE], "mode": "RGB", "mean": MEAN, "std": STD, "interpolation": "bicubic", "resize_mode": "shortest", "fill_color": 0}
OTHER_WAYS = [
    {"resize_mode": "longest", "fill_color": 127}, {"resize_mode": "squash", "interpolation": "bilinear"},
    {"resize_mode": "longest", "size": [24, 40], "interpolation": "bilinear"}, {"size": [24, 40]}, {"size": 30},
    {"resize_mode": "squash", "size": [24, 40]},
]  # fmt: skip


def open_clip_resnet():
    """RN50 and its like, and their transform's other ways to resize."""
    tokenizer, size = tokenizers_of.clip(OUT / "open-clip-resnet/textual", length=77)
    cfg = {"embed_dim": DIMENSION, "vision_cfg": {"image_size": SIZE, "layers": [3, 4, 6, 3], "width": 64, "patch_size": None},
        "text_cfg": {"context_length": 77, "vocab_size": size, "width": 16, "heads": 8, "layers": 12}}  # fmt: skip
    ways = [{"preprocess": {**PREPROCESS, **way}, "pixels": pixels_of(by_open_clip(**{**PREPROCESS, **way}))[0]} for way in OTHER_WAYS]
    open_clip("open-clip-resnet", scrambled(StandIn(size, 77, seed=3)), tokenizer, 77, cfg, PREPROCESS, scale=100.0, ways=ways)


def open_clip_mobileclip2():
    tokenizer, size = tokenizers_of.clip(OUT / "open-clip-mobileclip2/textual", length=77)
    cfg = {"embed_dim": DIMENSION, "vision_cfg": {"timm_model_name": "fastvit_mci0", "image_size": SIZE},
        "text_cfg": {"context_length": 77, "vocab_size": size, "width": 16, "no_causal_mask": True}, "custom_text": True}  # fmt: skip
    preprocess = {**PREPROCESS, "mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0), "interpolation": "bilinear"}
    open_clip("open-clip-mobileclip2", scrambled(StandIn(size, 77, seed=4)), tokenizer, 77, cfg, preprocess, scale=100.0)


def open_clip_siglip():
    """`init_logit_bias` marks a model trained with sigmoids; `clean` says how its texts are cleaned."""
    tokenizer, size = tokenizers_of.siglip(OUT / "open-clip-siglip/textual", clean=False)
    cfg = {"embed_dim": DIMENSION, "init_logit_bias": -10, "custom_text": True, "vision_cfg": {"image_size": SIZE, "timm_model_name": "vit_base_patch16_siglip_224"},
        "text_cfg": {"context_length": 64, "vocab_size": size, "hf_tokenizer_name": "timm/ViT-B-16-SigLIP", "tokenizer_kwargs": {"clean": "canonicalize"}}}  # fmt: skip
    preprocess = {**PREPROCESS, "mean": HALF, "std": HALF, "resize_mode": "squash"}
    # The published ViT-B-16-SigLIP at 224 pixels. Beyond what transformers does, open_clip parts words at underscores.
    published = {"scale": 117.330765, "bias": -12.932437, "score": "sigmoid", "clean": lambda text: text.replace("_", " ")}
    open_clip("open-clip-siglip", scrambled(StandIn(size, 64, seed=5)), tokenizer, 64, cfg, preprocess, **published)


def tokens():
    """Checksums of the ids of many texts: of those of make_tokens.py, the first 2,000."""
    sums = {}
    for name in ("siglip2", "altclip", "chinese-clip"):
        tokenizer = tokenizers.Tokenizer.from_file(str(OUT / name / "tokenizer.json"))
        # What transformers does beyond the file, for SigLIP 2.
        clean = str.lower if name == "siglip2" else str
        ids = [tokenizer.encode("".join(map(clean, text))).ids for text in make_tokens.texts()[:2000]]
        sums[name] = base64.b64encode(struct.pack("<2000I", *map(make_tokens.checksum, ids))).decode()
    write(OUT, "tokens.json", {"tokenizers": tokenizers.__version__, **sums})


FAMILIES = {make.__name__: make for make in (
    clip, siglip1, siglip2, chinese_clip, altclip, metaclip2, mobileclip, jina_clip_1, jina_clip_2, open_clip_resnet,
    open_clip_mobileclip2, open_clip_siglip, tokens,
)}  # fmt: skip


def main(*names):
    warnings.filterwarnings("ignore", "Palette images with Transparency")
    for name in names or FAMILIES:
        torch.manual_seed(1)
        FAMILIES[name]()


if __name__ == "__main__":
    main(*sys.argv[1:])
