"""The pictures of make_families.py: what the processors of transformers and open_clip's transform make of them."""

import hashlib
from importlib import import_module
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from transformers.image_utils import load_image

from family_networks import SIZE

PICTURES_FOLDER = Path(__file__).parent / "pixels"
PICTURES = [
    "png-rgb.png", "png-32x32.png", "png-1x40.png", "png-palette-alpha.png", "png-tall.png", "png-grey.png",
    "png-rgba.png", "png-interlaced.png", "jpeg-portrait.jpg", "jpeg-420.jpg", "webp-lossless.webp", "gif.gif",
]  # fmt: skip

MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
HALF = (0.5, 0.5, 0.5)


def preprocessor(kind, size, mean=MEAN, std=STD, **more):
    """A `preprocessor_config.json` as published: only the keys that the family's processor writes."""
    crop = {"crop_size": {"height": SIZE, "width": SIZE}, "do_center_crop": True} if kind == "CLIP" else {}
    return {
        **crop, "do_convert_rgb": True, "do_normalize": True, "do_rescale": True, "do_resize": True, "resample": 3,
        "image_processor_type": f"{kind}ImageProcessor", "image_mean": mean, "image_std": std,
        "rescale_factor": 1 / 255, "size": size, **more,
    }  # fmt: skip


SHORTEST, SQUASHED = {"shortest_edge": SIZE}, {"height": SIZE, "width": SIZE}


def processor_of(config, **changes):
    """The processor of transformers, on Pillow, that a configuration names."""
    kind = config["image_processor_type"].removesuffix("ImageProcessor")
    module = {"CLIP": "clip", "ChineseCLIP": "chinese_clip", "Siglip": "siglip"}[kind]
    processors = import_module(f"transformers.models.{module}.image_processing_pil_{module}")
    options = {key: value for key, value in config.items() if key != "image_processor_type"}
    return getattr(processors, f"{kind}ImageProcessorPil")(**options | changes)


def by_transformers(config):
    """(values, levels) of a picture, by transformers' processor."""
    full, plain = processor_of(config), processor_of(config, do_rescale=False, do_normalize=False)

    def run(image):
        levels = np.asarray(plain(image)["pixel_values"][0], dtype=np.uint8).transpose(1, 2, 0)
        return np.asarray(full(image)["pixel_values"][0], dtype=np.float32), levels

    return run


def by_open_clip(size, mean, std, interpolation="bicubic", resize_mode="shortest", fill_color=0, **_):
    """(values, levels) of a picture, by open_clip's transform for inference, written with Pillow."""
    height, width = (size, size) if isinstance(size, int) else size
    resample = Image.Resampling.BILINEAR if interpolation == "bilinear" else Image.Resampling.BICUBIC

    def resized(image):
        w, h = image.size
        if resize_mode == "squash":
            return image.resize((width, height), resample)
        if resize_mode == "shortest" and height == width:
            return image.resize((size_of(w, w, h, width), size_of(h, w, h, width)), resample)
        ratio = (max if resize_mode == "longest" else min)(h / height, w / width)
        # For a side that differs, open_clip's own class resizes, and that one always bicubically.
        fitting = resample if resize_mode == "longest" else Image.Resampling.BICUBIC
        return image.resize((round(w / ratio), round(h / ratio)), fitting)

    def size_of(side, w, h, target):
        return target if side == min(w, h) else int(target * side / min(w, h))

    def cropped(image):
        w, h = image.size
        canvas = Image.new("RGB", (max(w, width), max(h, height)), (fill_color,) * 3)
        canvas.paste(image, (max(0, (width - w) // 2), max(0, (height - h) // 2)))
        left, top = round((canvas.width - width) / 2), round((canvas.height - height) / 2)
        return canvas.crop((left, top, left + width, top + height))

    def run(image):
        levels = np.asarray(cropped(resized(image.convert("RGB"))))
        scaled = levels.astype(np.float32) / np.float32(255)
        values = (scaled - np.float32(mean)) / np.float32(std)
        return values.transpose(2, 0, 1).astype(np.float32), levels

    return run


def sha256(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def picture(name):
    return load_image(str(PICTURES_FOLDER / name))


def pixels_of(process):
    """Golden pixels, and the batch that the model is given."""
    results = [process(picture(name)) for name in PICTURES]
    rows = [
        {"picture": name, "levels": sha256(levels), "first": [float(f"{value:.7g}") for value in values.ravel()[:3]]}
        for name, (values, levels) in zip(PICTURES, results)
    ]
    return rows, torch.tensor(np.stack([values for values, _ in results]))
