"""Writes test/golden/dataset-formats: tar, .npy and CIFAR files as other programs write them, and what is in them.

Run with Python and NumPy: python test/golden/make_dataset_formats.py
"""

import hashlib
import io
import json
import shutil
import tarfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent / "dataset-formats"
rng = np.random.default_rng(7)
expected = {}


def tar(name, files, **options):
    """A tar file of (name, content) pairs, with the SHA-256 of each content."""
    path = ROOT / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w", **options) as archive:
        for file, content in files:
            info = tarfile.TarInfo(file)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    expected[name] = [[file, hashlib.sha256(content).hexdigest()] for file, content in files]


def content(size):
    return rng.bytes(size)


def tar_formats():
    """Long and non-English names, empty files, files of whole blocks, in each format of tar."""
    long = "/".join(["a-folder-with-a-long-name"] * 9)
    for name, form in [("ustar", tarfile.USTAR_FORMAT), ("gnu", tarfile.GNU_FORMAT), ("pax", tarfile.PAX_FORMAT)]:
        files = [("a.jpg", content(700)), ("a.cls", b"1"), ("é/ü.png", content(512)), ("empty.jpg", b"")]
        files += [(f"{long}/last.webp", content(1))]
        tar(f"tar/{name}.tar", files, format=form, encoding="utf-8")


def webdataset():
    """As CLIP_benchmark writes a data set: two shards of the split test, class names above it."""
    names = ["cat", "polar bear", "dog"]
    for shard in range(2):
        files = []
        for row in range(3):
            key = f"s{shard * 3 + row:07d}"
            files += [(f"{key}.cls", str((shard + row) % 3).encode()), (f"{key}.webp", content(40))]
        tar(f"clip/test/{shard}.tar", files)
    (ROOT / "clip/test/nshards.txt").write_text("2")
    (ROOT / "clip/classnames.txt").write_text("\n".join(names))


def arrays():
    """The same three pictures in each layout, and labels in each integer type."""
    pictures = rng.integers(0, 256, (3, 4, 5, 3), dtype=np.uint8)
    folder = ROOT / "npy"
    folder.mkdir()
    np.save(folder / "last-images.npy", pictures)
    np.save(folder / "first.npy", pictures.transpose(0, 3, 1, 2).copy())
    np.save(folder / "grey.npy", pictures[..., 0].copy())
    np.save(folder / "float.npy", pictures.astype(np.float32) / 255)
    np.save(folder / "last-labels.npy", np.array([2, 0, -1], np.int32))
    np.save(folder / "first-labels.npy", np.array([2, 0, 1], np.int64))
    expected["npy"] = pictures.reshape(3, -1).tolist()


def cifar():
    """Two rows of CIFAR-10 in two batches and a test batch each, and two of CIFAR-100."""
    ten, hundred = ROOT / "cifar-10-batches-bin", ROOT / "cifar-100-binary"
    ten.mkdir()
    hundred.mkdir()
    pictures = rng.integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
    planes = [picture.transpose(2, 0, 1).tobytes() for picture in pictures]
    for name, labels in [("test_batch", (1, 0)), ("data_batch_1", (0, 1)), ("data_batch_2", (1, 9))]:
        (ten / f"{name}.bin").write_bytes(b"".join(bytes([label]) + plane for label, plane in zip(labels, planes)))
    (ten / "batches.meta.txt").write_text("airplane\nautomobile\n\n")
    rows = b"".join(bytes([coarse, fine]) + plane for (coarse, fine), plane in zip([(1, 0), (0, 2)], planes))
    (hundred / "test.bin").write_bytes(rows)
    (hundred / "fine_label_names.txt").write_text("apple\naquarium_fish\nbaby\n")
    (hundred / "coarse_label_names.txt").write_text("fish\nfruit\n")
    expected["cifar"] = [hashlib.sha256(picture.tobytes()).hexdigest() for picture in pictures]


shutil.rmtree(ROOT, ignore_errors=True)
ROOT.mkdir()
tar_formats()
webdataset()
arrays()
cifar()
(ROOT / "expected.json").write_text(json.dumps(expected, indent=1, ensure_ascii=False) + "\n")
