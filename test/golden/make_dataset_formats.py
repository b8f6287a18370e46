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


def sparse_tars():
    """Files with holes in each format of GNU tar, of more pieces than a header holds, and attributes of all entries."""
    pieces = [(20 * at + 7, 5) for at in range(30)]
    stored = b"".join(b"%05d" % at for at, _ in pieces)
    size = 650
    pairs = [number for piece in pieces for number in piece]
    lines = "\n".join(map(str, [len(pieces), *pairs, ""])).encode()
    listed = {"GNU.sparse.name": "0005.jpg", "GNU.sparse.size": str(size), "GNU.sparse.numblocks": str(len(pieces))}
    numbered = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "0005.jpg", "GNU.sparse.realsize": str(size)}
    holes = "GNUSparseFile.1/0005.jpg"
    write_with("sparse-pax-0.1", holes, stored, {**listed, "GNU.sparse.map": ",".join(map(str, pairs))})
    write_with("sparse-pax-1.0", holes, lines + b"\0" * (-len(lines) % 512) + stored, numbered)
    write_with("pax-global", "0005.jpg", b"5", {}, of_all={"comment": "of all", "path": "all.jpg"})
    write_old("sparse-gnu", pieces, stored, size)
    records = [("GNU.sparse.size", size), ("GNU.sparse.numblocks", len(pieces))]
    for at, length in pieces:
        records += [("GNU.sparse.offset", at), ("GNU.sparse.numbytes", length)]
    write_repeated("sparse-pax-0.0", records, stored)


def write_with(name, file, content, headers, of_all=None):
    path = ROOT / f"tar/{name}.tar"
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT, pax_headers=of_all) as archive:
        for one, data, attributes in [("1.cls", b"3", {}), (file, content, headers), ("6.cls", b"4", {})]:
            info = tarfile.TarInfo(one)
            info.size, info.pax_headers = len(data), attributes
            archive.addfile(info, io.BytesIO(data))
    trimmed(path, name)


def write_old(name, pieces, stored, size):
    """Four pieces in the header, the others in blocks of 21 after it."""
    fields = [b"%011o\0%011o\0" % piece for piece in pieces]
    more = [fields[at : at + 21] for at in range(4, len(fields), 21)]
    blocks = [(b"".join(part).ljust(504, b"\0") + bytes([at + 1 < len(more)])).ljust(512, b"\0") for at, part in enumerate(more)]
    info = tarfile.TarInfo("0005.jpg")
    info.size, info.type = len(stored), b"S"
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[386:495] = b"".join(fields[:4]) + b"\1" + b"%011o\0" % size
    write_raw(name, bytes(with_checksum(header)) + b"".join(blocks) + padded(stored))


def write_repeated(name, records, stored):
    lines = b""
    for key, value in records:
        record = f" {key}={value}\n".encode()
        length = next(length for length in range(len(record), 99) if len(str(length)) + len(record) == length)
        lines += str(length).encode() + record
    attributes, file = tarfile.TarInfo("pax"), tarfile.TarInfo("0005.jpg")
    attributes.type, attributes.size, file.size = b"x", len(lines), len(stored)
    write_raw(name, attributes.tobuf() + padded(lines) + file.tobuf() + padded(stored))


def write_raw(name, entry):
    after = tarfile.TarInfo("6.cls")
    after.size = 1
    (ROOT / f"tar/{name}.tar").write_bytes(entry + after.tobuf() + padded(b"4") + bytes(1024))
    trimmed(ROOT / f"tar/{name}.tar", name)


def padded(content):
    return content + bytes(-len(content) % 512)


def with_checksum(header):
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return header


def trimmed(path, name):
    """Without the zeros that fill up a record, and what tarfile reads of it."""
    path.write_bytes(path.read_bytes().rstrip(b"\0") + bytes(1536))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 512 * 512])
    with tarfile.open(path) as archive:
        expected[f"tar/{name}.tar"] = [[info.name, hashlib.sha256(archive.extractfile(info).read()).hexdigest()] for info in archive]


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
sparse_tars()
(ROOT / "expected.json").write_text(json.dumps(expected, indent=1, ensure_ascii=False) + "\n")
