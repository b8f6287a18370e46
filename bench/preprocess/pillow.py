"""Pillow and NumPy doing what nearlabel's preprocess does, for run.mjs: for each line of input, a line of times.

The first line names the photos, as a JSON list, and is answered with the versions and the SHA-256 of all model
inputs. Every further line asks for one round over the photos, and is answered with the milliseconds that each
took, and those that decoding took of them.

The arithmetic is that of transformers' CLIPImageProcessor, without what it does around it: rescaled in double,
normalised in single precision.
"""

import hashlib
import io
import json
import sys
import time

import numpy as np
import PIL
from PIL import Image

MEAN = np.array([0.48145466, 0.4578275, 0.40821073], dtype=np.float32)[:, None, None]
STD = np.array([0.26862954, 0.26130258, 0.27577711], dtype=np.float32)[:, None, None]
SIZE = 224


def decode(content):
    return Image.open(io.BytesIO(content)).convert("RGB")


def model_input(image):
    width, height = image.size
    short = min(width, height)
    image = image.resize((SIZE * width // short, SIZE * height // short), Image.Resampling.BICUBIC)
    left, top = (image.width - SIZE) // 2, (image.height - SIZE) // 2
    pixels = np.asarray(image.crop((left, top, left + SIZE, top + SIZE))).transpose(2, 0, 1)
    rescaled = (pixels.astype(np.float64) * (1 / 255)).astype(np.float32)
    return (rescaled - MEAN) / STD


def timed(content):
    start = time.perf_counter()
    image = decode(content)
    decoded = time.perf_counter()
    model_input(image)
    end = time.perf_counter()
    return [(end - start) * 1000, (decoded - start) * 1000]


def main():
    contents = [open(path, "rb").read() for path in json.loads(sys.stdin.readline())]
    digest = hashlib.sha256()
    for content in contents:
        digest.update(np.ascontiguousarray(model_input(decode(content))))
    print(f"Pillow {PIL.__version__}, NumPy {np.__version__}", flush=True)
    print(digest.hexdigest(), flush=True)
    for _ in sys.stdin:
        print(json.dumps([timed(content) for content in contents]), flush=True)


if __name__ == "__main__":
    main()
