"""Valid arrays, tables, archives, lists and settings of every form that is read, as (name, bytes)."""

import csv
import io
import json
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from picture_seeds import rgb, saved


def npy(array, version=None):
    out = io.BytesIO()
    np.lib.format.write_array(out, array, version=version)
    return out.getvalue()


def npys():
    """Arrays of pictures, and some that are none."""
    levels = np.random.default_rng(11).integers(0, 256, (3, 6, 5, 4), dtype=np.uint8)
    yield "rgb.npy", npy(levels[..., :3].copy())
    yield "rgba.npy", npy(levels)
    yield "planes.npy", npy(levels[..., :3].transpose(0, 3, 1, 2).copy())
    yield "grey.npy", npy(levels[..., 0].copy())
    yield "one-channel.npy", npy(levels[..., :1].copy())
    yield "version-2.npy", npy(levels[..., :3].copy(), (2, 0))
    yield "version-3.npy", npy(levels[..., :3].copy(), (3, 0))
    yield "fortran.npy", npy(np.asfortranarray(levels[..., :3]))
    yield "no-pictures.npy", npy(levels[:0, ..., :3].copy())
    yield "floats.npy", npy(levels.astype(np.float32))
    yield "flat.npy", npy(levels.ravel())


def embeddings():
    numbers = np.random.default_rng(12).normal(0, 2, (7, 12))
    for dtype in ["<f4", "<f2", "<f8", ">f4", "<i4"]:
        yield f"{dtype[1:]}{'-big' if dtype[0] == '>' else ''}.npy", npy(numbers.astype(dtype))
    yield "fortran.npy", npy(np.asfortranarray(numbers.astype(np.float32)))
    yield "version-2.npy", npy(numbers.astype(np.float32), (2, 0))
    yield "one-row.npy", npy(numbers[:1].astype(np.float32))
    odd = numbers.astype(np.float32)
    odd[2, 3], odd[4] = np.nan, 0
    yield "not-finite.npy", npy(odd)


def npzs():
    out = io.BytesIO()
    np.savez_compressed(out, images=np.zeros((2, 4, 4, 3), np.uint8), labels=np.arange(2))
    yield "arrays.npz", out.getvalue()


LONG = "folder-of-a-long-name/" * 8


def tar_files():
    files = [("0001.jpg", saved(rgb((8, 8)), "JPEG")), ("0001.cls", b"3"), ("0002.png", saved(rgb((5, 4)), "PNG")),
             ("0002.json", b'{"label": "dog"}'), ("deep/0003.jpg", b"not a picture" * 60), ("deep/0003.txt", "Straße".encode()),
             ("0004.jpg", b"")]
    return files


def tar(format, files, extra=(), **options):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format, **options) as archive:
        for name, kind in extra:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "0001.jpg"
            archive.addfile(info)
        for name, content in files:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def tars():
    files, long = tar_files(), [(LONG + name, content) for name, content in tar_files()[:3]]
    links = [("links", tarfile.DIRTYPE), ("links/hard.jpg", tarfile.LNKTYPE), ("links/soft.jpg", tarfile.SYMTYPE), ("pipe", tarfile.FIFOTYPE)]
    yield "ustar.tar", tar(tarfile.USTAR_FORMAT, files)
    yield "gnu.tar", tar(tarfile.GNU_FORMAT, files)
    yield "pax.tar", tar(tarfile.PAX_FORMAT, files)
    yield "links.tar", tar(tarfile.USTAR_FORMAT, files[:2], links)
    yield "ustar-prefix.tar", tar(tarfile.USTAR_FORMAT, [(name[22 * 3 :], content) for name, content in long])
    yield "gnu-long.tar", tar(tarfile.GNU_FORMAT, long)
    yield "pax-long.tar", tar(tarfile.PAX_FORMAT, [(name.replace("a-long", "ä-löng"), content) for name, content in long])
    yield "pax-global.tar", tar(tarfile.PAX_FORMAT, files[:3], pax_headers={"comment": "of all", "path": "all.jpg"})
    yield "empty.tar", tar(tarfile.USTAR_FORMAT, [])
    yield "sparse-pax-0.tar", sparse_tar(0)
    yield "sparse-pax-1.tar", sparse_tar(1)
    if shutil.which("tar"):
        yield from system_tars(files)


def sparse_tar(version):
    """A file with a hole, as GNU tar writes it with pax attributes: 12 bytes of data at 4,000 of 10,000."""
    name, data = "GNUSparseFile.1/0005.jpg", b"after a hole"
    attributes = {"GNU.sparse.name": "0005.jpg"}
    if version == 1:
        attributes |= {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "10000"}
        data = b"2\n4000\n12\n10000\n0\n".ljust(512, b"\0") + data
    else:
        attributes |= {"GNU.sparse.size": "10000", "GNU.sparse.numblocks": "2", "GNU.sparse.map": "4000,12,10000,0"}
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for file, content, headers in [("0001.cls", b"3", {}), (name, data, attributes), ("0006.cls", b"4", {})]:
            info = tarfile.TarInfo(file)
            info.size, info.pax_headers = len(content), headers
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def system_tars(files):
    """What the `tar` of this machine writes: sparse files, and the oldest format."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files[:2]:
            Path(folder, name).write_bytes(content)
        with open(Path(folder, "0005.jpg"), "wb") as hole:
            hole.seek(40_000)
            hole.write(b"after a hole")
            hole.truncate(100_000)
        names = ["0001.jpg", "0005.jpg", "0001.cls"]
        forms = {"sparse-gnu": ["--format=gnu", "--sparse"], "v7": ["--format=v7"]}
        for form, options in forms.items():
            command = ["tar", "--mtime=@0", "--owner=0", "--group=0", "-b1", *options, "-cf", "-", "-C", folder, *names]
            yield f"{form}.tar", subprocess.run(command, check=True, capture_output=True).stdout


def parquet(table, **options):
    out = io.BytesIO()
    pq.write_table(table, out, **{"store_schema": False, **options})
    return out.getvalue()


def parquets():
    count = 40
    pictures = [saved(rgb((3, 3), seed), "PNG") for seed in range(count)]
    struct = pa.array([{"bytes": picture, "path": None} for picture in pictures], pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
    integers = pa.array([seed % 7 for seed in range(count)])
    words = pa.array([f"kind {seed % 5}" if seed % 6 else None for seed in range(count)])
    table = pa.table({"image": struct, "label": integers})
    plain = pa.table({"image": pa.array(pictures), "label": words})
    for compression in ["none", "snappy", "gzip", "zstd", "lz4", "brotli"]:
        yield f"struct-{compression}.parquet", parquet(table, compression=compression)
        yield f"words-{compression}.parquet", parquet(plain, compression=compression)
    yield "row-groups.parquet", parquet(table, row_group_size=11, write_page_index=True, store_schema=True)
    yield "small-pages.parquet", parquet(plain, data_page_size=200, use_dictionary=False, write_batch_size=4)
    yield "pages-v2.parquet", parquet(plain, data_page_version="2.0", compression="zstd")
    yield "checksums.parquet", parquet(table, write_page_checksum=True, compression="zstd")
    yield "delta.parquet", parquet(plain, use_dictionary=False, column_encoding={"image": "DELTA_LENGTH_BYTE_ARRAY", "label": "DELTA_BYTE_ARRAY"})
    for name, values in label_columns(count):
        yield f"label-{name}.parquet", parquet(pa.table({"image": pa.array(pictures), "label": values}), compression="none")


def label_columns(count):
    numbers = list(range(count))
    yield "int8", pa.array([number - 20 for number in numbers], pa.int8())
    yield "uint32", pa.array([number + 2**31 for number in numbers], pa.uint32())
    yield "uint64", pa.array([number + 2**63 for number in numbers], pa.uint64())
    yield "int64-delta", pa.array([number * 2**40 for number in numbers], pa.int64())
    yield "dictionary", pa.array([f"kind {number % 3}" for number in numbers]).dictionary_encode()
    yield "large-text", pa.array([f"kind {number}" for number in numbers], pa.large_string())
    yield "fixed", pa.array([f"k{number:03}".encode() for number in numbers], pa.binary(4))


ROWS = [("a.jpg", "cat"), ("b c.png", "dog"), ("d,e.jpg", "sea lion"), ('f"g.jpg', "Straße"), ("h.jpg", ""), ("日本.jpg", "写真")]


def csv_text(rows, **options):
    out = io.StringIO(newline="")
    csv.writer(out, **options).writerows(rows)
    return out.getvalue()


def csvs():
    table = [("file_name", "label"), *ROWS]
    yield "plain.csv", csv_text(table).encode()
    yield "line-feeds.csv", csv_text(table, lineterminator="\n").encode()
    yield "quoted.csv", csv_text(table, quoting=csv.QUOTE_ALL).encode()
    yield "mark.csv", csv_text(table).encode("utf-8-sig")
    yield "more-columns.csv", csv_text([(str(at), *row, "x\ny") for at, row in enumerate(table)]).replace("0,", "id,", 1).encode()
    yield "latin-1.csv", csv_text(table[:5]).encode("latin-1")
    yield "utf-16.csv", csv_text(table).encode("utf-16")


def jsonls():
    objects = [{"file_name": path, "label": label} for path, label in ROWS]
    text = "".join(json.dumps(one) + "\n" for one in objects)
    yield "plain.jsonl", text.encode()
    yield "not-escaped.jsonl", "".join(json.dumps(one, ensure_ascii=False) + "\r\n" for one in objects).encode()
    yield "mark.jsonl", text.encode("utf-8-sig")
    yield "numbers.jsonl", "".join(json.dumps({"file_name": f"{at}.jpg", "label": at, "size": [at, 1.5e3]}) + "\n" for at in range(5)).encode()
    yield "utf-16.jsonl", text.encode("utf-16")


LABELS = ["cat", "aquarium_fish", "sea lion", "Straße", "写真", "maple tree", "can\u0303on"]


def labels():
    yield "plain.txt", "\n".join(LABELS).encode() + b"\n"
    yield "mark.txt", "\r\n".join(LABELS).encode("utf-8-sig")
    yield "list.json", json.dumps(LABELS).encode()
    yield "names.json", json.dumps({f"n{at:04}": name for at, name in enumerate(LABELS)}, ensure_ascii=False).encode()
    yield "prompts.json", json.dumps({name: [f"a photo of {name}", f"art of {name}"] for name in LABELS}).encode()
    yield "objects.json", json.dumps([{"label": name, "className": name.upper(), "parent": "thing"} for name in LABELS]).encode()
    rows = [("label", "class_name", "prompts", "parent"), *((name, name.upper(), "a|b", "thing") for name in LABELS)]
    yield "table.csv", csv_text(rows).encode()
    yield "latin-1.txt", "\n".join(LABELS[:4]).encode("latin-1")
    yield "utf-16.txt", "\n".join(LABELS).encode("utf-16")


GOLDEN = Path(__file__).parent.parent / "golden"


def tokenizer_settings():
    """Small tokenizers of the kinds that text towers have: two of BPE, WordPiece, two of Unigram."""
    for family in ["clip", "siglip2", "chinese-clip", "siglip", "altclip"]:
        yield f"{family}.json", (GOLDEN / "families" / family / "tokenizer.json").read_bytes()


def preprocessors():
    clip = {"do_resize": True, "size": {"shortest_edge": 20}, "resample": 3, "do_center_crop": True,
            "crop_size": {"height": 16, "width": 16}, "do_rescale": True, "rescale_factor": 1 / 255, "do_normalize": True,
            "image_mean": [0.48, 0.45, 0.4], "image_std": [0.26, 0.26, 0.27], "do_convert_rgb": True,
            "image_processor_type": "CLIPImageProcessor"}
    yield "clip.json", json.dumps(clip, indent=2).encode()
    yield "short.json", json.dumps({"size": 18, "crop_size": 12, "resample": 2}).encode()
    yield "squashed.json", json.dumps({**clip, "size": {"height": 14, "width": 18}, "do_center_crop": False}).encode()
    yield "plain.json", json.dumps({**clip, "do_normalize": False, "do_rescale": False}).encode()


TINY_MODEL = GOLDEN / "tiny-model"


def graphs():
    for name in ["vision", "vision_quantized", "vision_float16"]:
        yield f"{name}.onnx", (TINY_MODEL / "graphs" / f"{name}.onnx").read_bytes()


def configs():
    yield "config.json", (TINY_MODEL / "config.json").read_bytes()


def templates():
    yield "plain.txt", b"a photo of a {}.\nart of the {label}\na {c} in the wild\n"
    yield "list.json", json.dumps(["a photo of a {}.", "art of {c}"]).encode()
    yield "lists.json", json.dumps({"one": ["a photo of a {}."]}).encode()


def label_maps():
    yield "plain.csv", csv_text([("from", "to"), ("cat", "animal"), ("sea lion", "animal"), ("maple", "Straße")]).encode()
    yield "plain.json", json.dumps({"cat": "animal", "sea lion": "animal"}).encode()


CARD = """---
pretty_name: Pictures
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train-*
dataset_info:
  features:
  - name: image
    dtype: image
  - name: label
    dtype:
      class_label:
        names:
          '0': cat
          '1': dog
---
# Pictures
"""


def cards():
    yield "README.md", CARD.encode()


KINDS = {"npy": npys, "embeddings": embeddings, "npz": npzs, "tar": tars, "parquet": parquets, "csv": csvs, "jsonl": jsonls,
         "labels": labels, "tokenizer": tokenizer_settings, "preprocessor": preprocessors, "graph": graphs, "config": configs, "templates": templates,
         "label-map": label_maps, "card": cards}
