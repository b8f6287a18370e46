"""Writes test/golden/datasets: small data sets as other programs write them, and what is in them.

Run with Python, pyarrow and Pillow: python test/golden/make_datasets.py
"""

import hashlib
import io
import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

ROOT = Path(__file__).parent / "datasets"
IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
expected = {}


def png(value):
    """A 2 x 2 picture of one colour, unlike that of any other value."""
    out = io.BytesIO()
    Image.new("RGB", (2, 2), (value % 256, value // 256, 7)).save(out, "PNG")
    return out.getvalue()


def pictures(values):
    return pa.array([{"bytes": png(value), "path": None} for value in values], IMAGE)


def write(name, columns, features=None, image="image", label="label", names=None, **options):
    """Writes a Parquet file, and what reading it should give: the SHA-256 of each picture's bytes, and its label."""
    table = pa.table(columns)
    if features is not None:
        info = json.dumps({"info": {"features": features}})
        table = table.replace_schema_metadata({"huggingface": info})
    path = ROOT / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, **options)
    if image is not None:
        expected[name] = [row_of(row, image, label, names) for row in table.to_pylist()]


def row_of(row, image, label, names):
    value = row[image]
    if isinstance(value, dict):
        value = value["bytes"]
    index = row.get(label)
    if names is not None:
        index = names[index] if index is not None and 0 <= index < len(names) else None
    return {
        "sha256": None if value is None else hashlib.sha256(value).hexdigest(),
        "label": None if index is None else str(index),
    }


def class_label(names):
    return {"names": names, "_type": "ClassLabel"}


def carded():
    """Class names in the card only; two test shards of several row groups, and a train split."""
    names = ["null", "1.0", "polar bear", "no"]
    card = "\n".join(
        ["---", "license: mit", "dataset_info:", "  features:", "  - name: image", "    dtype: image"]
        + ["  - name: label", "    dtype:", "      class_label:", "        names:"]
        # Not in order, and not quoted where YAML would make something else of them.
        + [f"          '{index}': {names[index]}" for index in (2, 0, 3, 1)]
        + ["---", "# Carded", ""]
    )
    (ROOT / "carded").mkdir()
    (ROOT / "carded/README.md").write_text(card)
    labels = pa.array([0, 1, 2, 3, 0], pa.int64())
    for split, shard, first, codec in [("test", 0, 0, "zstd"), ("test", 1, 5, "snappy"), ("train", 0, 10, "snappy")]:
        write(
            f"carded/data/{split}-0000{shard}-of-0000{2 if split == 'test' else 1}.parquet",
            {"image": pictures(range(first, first + 5)), "label": labels},
            names=names,
            compression=codec,
            row_group_size=2,
        )


def configs():
    """Two configurations, of which the card makes one the default; class names differ."""
    (ROOT / "configs").mkdir()
    infos, choices = "", ""
    for config, names in [("plain", ["a", "b"]), ("rich", ["x", "y"])]:
        infos += f"- config_name: {config}\n  features:\n  - name: image\n    dtype: image\n  - name: label\n"
        infos += f"    dtype:\n      class_label:\n        names:\n          '0': {names[0]}\n          '1': {names[1]}\n"
        choices += f"- config_name: {config}\n" + ("  default: true\n" if config == "rich" else "")
        columns = {"image": pictures([20, 21]), "label": pa.array([1, 0], pa.int64())}
        write(f"configs/{config}/validation-00000-of-00001.parquet", columns, names=names)
    (ROOT / "configs/README.md").write_text(f"---\ndataset_info:\n{infos}configs:\n{choices}---\n")


def single_files():
    three = pictures([30, 31, 32])
    names = ["cat", "dog"]
    features = {"image": {"_type": "Image"}, "label": class_label(names)}
    write(
        "faulty.parquet",
        {
            "image": pa.array(
                [{"bytes": png(40), "path": "a.png"}, {"bytes": None, "path": None}, None, {"bytes": b"", "path": None}]
                + [{"bytes": png(41), "path": None}] * 2,
                IMAGE,
            ),
            "label": pa.array([0, 1, 0, None, -1, 2], pa.int64()),
        },
        features=features,
        names=names,
    )
    write(
        "strings.parquet",
        {"png": pa.array([png(42), png(42), None]), "class": pa.array(["owl", "an eagle", None])},
        image="png",
        label="class",
    )
    write("integers.parquet", {"img": three, "label": pa.array([3, 12, 3], pa.int32())}, image="img")
    two = {"shape": pa.array([0, 1, 0], pa.int64()), "colour": pa.array([1, 1, 0], pa.int64())}
    colours = ["red", "blue"]
    declared = {"shape": class_label(["round", "square"]), "colour": class_label(colours)}
    write(
        "ambiguous.parquet",
        {"scan": three, **two, "photo": pictures([33, 34, 35])},
        features={"scan": {}, "photo": {"_type": "Image"}, **declared},
        image="photo",
        label="colour",
        names=colours,
    )
    write("no-picture.parquet", {"label": pa.array([0])}, image=None)
    for codec in ["none", "snappy", "gzip", "brotli", "lz4", "zstd"]:
        write(
            f"codecs/{codec}.parquet",
            {"image": three, "label": pa.array([0, 1, 0], pa.int64())},
            features=features,
            names=names,
            compression=codec,
            data_page_version="2.0" if codec in ("none", "zstd") else "1.0",
        )


def beside():
    """Pictures that are files beside the Parquet file."""
    images = pa.array([{"bytes": None, "path": "pictures/1.png"}, {"bytes": None, "path": "pictures/none.png"}], IMAGE)
    write("beside/test.parquet", {"image": images, "label": pa.array(["one", "two"])})
    (ROOT / "beside/pictures").mkdir()
    (ROOT / "beside/pictures/1.png").write_bytes(png(1))


def pages():
    """One row group of 96 MiB, a page a row, with a page index; zeros after the PNG compress to nothing."""
    images = [{"bytes": png(value).ljust(2**22, b"\0"), "path": None} for value in range(24)]
    write(
        "pages.parquet",
        {"image": pa.array(images, IMAGE), "label": pa.array([str(value) for value in range(24)])},
        compression="zstd",
        use_dictionary=False,
        write_statistics=False,
        write_page_index=True,
        write_batch_size=1,
        data_page_size=2**22,
    )


def columns():
    """Columns of other types than pictures and labels have, and names in capitals."""
    three = pictures(range(3))
    lists = pa.array([[{"bytes": png(1), "path": None}], [], None], pa.list_(IMAGE))
    text = pa.array(["a", "b", "c"])
    write("lists.parquet", {"image": lists, "label": text}, image=None)
    write("booleans.parquet", {"image": three, "label": pa.array([True, False, None])}, image=None)
    write("floats.parquet", {"image": three, "label": pa.array([1.0, float("nan"), 0.0])}, image=None)
    write("capitals.parquet", {"Image": three, "LABEL": text}, image=None)
    several = pa.array([["a", "b"], [], ["c"]])
    write("several-labels.parquet", {"image": three, "labels": several, "class": text}, image=None)


shutil.rmtree(ROOT, ignore_errors=True)
ROOT.mkdir()
carded()
configs()
single_files()
beside()
pages()
columns()
(ROOT / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
