"""Reads what `nearlabel images export` wrote with the programs that it is written for, and compares it with what the table holds.

usage: read_exports.py FOLDER

FOLDER has an export of each format under the format's name, the pictures in photos/, and expected.json: {"labels": {picture: label}, "scores": {picture: score},
"vectors": {picture: [numbers]}}, where pictures are called as the exports call them. Each reader that is installed is tried, and
prints a line; one that is missing says so. Needs none of: datumaro, pycocotools, label-studio-sdk, fiftyone, duckdb, embedding-reader.
"""

import importlib.util
import json
import os
import sys
import tempfile

FOLDER = sys.argv[1]


def place(name):
    return os.path.join(FOLDER, name)


with open(place("expected.json")) as file:
    EXPECTED = json.load(file)
LABELS, SCORES, VECTORS = EXPECTED["labels"], EXPECTED["scores"], EXPECTED["vectors"]


def link_pictures(folder):
    os.makedirs(folder)
    for name in VECTORS:
        os.link(place(f"photos/{name}"), os.path.join(folder, name))


def check(got, expected, what):
    assert got == expected, f"{what}: expected {expected}, got {got}"


def near(a, b):
    return abs(a - b) < 1e-6


def cvat():
    from datumaro import Dataset

    with tempfile.TemporaryDirectory() as folder:
        os.link(place("cvat"), os.path.join(folder, "annotations.xml"))
        link_pictures(os.path.join(folder, "images"))
        dataset = Dataset.import_from(folder, "cvat")
        names = dataset.categories()[next(iter(dataset.categories()))]
        got = {}
        for item in dataset:
            for mark in item.annotations:
                check(mark.type.name.lower(), "label", "kind of annotation")
                got[item.id] = names[mark.label].name
    stems = {os.path.splitext(name)[0]: label for name, label in LABELS.items()}
    check(got, stems, "labels")


def coco():
    from pycocotools.coco import COCO

    data = COCO(place("coco"))
    got = {}
    for picture in data.loadImgs(data.getImgIds()):
        marks = data.loadAnns(data.getAnnIds(imgIds=[picture["id"]]))
        for mark in marks:
            check(mark["bbox"], [0, 0, picture["width"], picture["height"]], "box")
            got[picture["file_name"]] = data.loadCats([mark["category_id"]])[0]["name"]
    check(got, LABELS, "labels")


def coco_datumaro():
    from datumaro import Dataset

    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(os.path.join(folder, "annotations"))
        os.link(place("coco"), os.path.join(folder, "annotations", "instances_train.json"))
        link_pictures(os.path.join(folder, "images", "train"))
        dataset = Dataset.import_from(folder, "coco_instances")
        names = dataset.categories()[next(iter(dataset.categories()))]
        got = {item.id: names[mark.label].name for item in dataset for mark in item.annotations}
    check(got, {os.path.splitext(name)[0]: label for name, label in LABELS.items()}, "labels")


def label_studio():
    from label_studio_sdk.label_interface import LabelInterface

    choices = "".join(f'<Choice value="{label}"/>' for label in sorted(set(LABELS.values())))
    interface = LabelInterface(
        f'<View><Image name="image" value="$image"/><Choices name="label" toName="image">{choices}</Choices></View>'
    )
    with open(place("label-studio")) as file:
        tasks = json.load(file)
    got = {}
    for task in tasks:
        # With predictions in it, validate_task of label-studio-sdk 2.1 fails by a fault of its own.
        assert interface.validate_task({"data": task["data"]}), task
        for prediction in task["predictions"]:
            assert interface.validate_prediction(prediction), prediction
            assert near(prediction["score"], SCORES[task["data"]["image"]])
            got[task["data"]["image"]] = prediction["result"][0]["value"]["choices"][0]
    check(got, LABELS, "labels")


def fiftyone():
    import fiftyone.utils.data as data

    reader = data.FiftyOneImageClassificationDatasetImporter(
        data_path=place("photos"), labels_path=place("fiftyone"), compute_metadata=False
    )
    got = {}
    with reader:
        for path, _, label in reader:
            name = os.path.basename(path)
            if label is not None:
                got[name] = label.label
                assert near(label.confidence, SCORES[name])
    check(got, LABELS, "labels")


def yolo():
    from datumaro import Dataset

    dataset = Dataset.import_from(place("yolo/train"), "imagenet")
    names = dataset.categories()[next(iter(dataset.categories()))]
    got = {}
    for item in dataset:
        for mark in item.annotations:
            got[item.id.split(":", 1)[-1]] = names[mark.label].name
    check(got, {os.path.splitext(name)[0]: label for name, label in LABELS.items()}, "labels")


def parquet():
    import duckdb

    table = f"read_parquet('{place('parquet')}')"
    rows = duckdb.sql(f"select path, label, score, vector, taken from {table} order by path").fetchall()
    got = {os.path.basename(path): label for path, label, *_ in rows if label is not None}
    check(got, LABELS, "labels")
    for path, _, score, vector, _ in rows:
        check([float(x) for x in vector], VECTORS[os.path.basename(path)], "vector")
        assert score is None or near(score, SCORES[os.path.basename(path)])
    (kind,) = duckdb.sql(f"select typeof(taken) from {table} limit 1").fetchall()[0]
    assert kind.startswith("TIMESTAMP"), kind
    (nearest,) = duckdb.sql(
        f"select path from {table} order by list_cosine_similarity(vector, (select vector from {table} order by path limit 1)) desc limit 1"
    ).fetchall()[0]
    check(nearest, rows[0][0], "nearest picture to the first")


def clip_retrieval_duckdb():
    import duckdb

    rows = duckdb.sql(f"select image_path, label from '{place('clip-retrieval')}/metadata/*.parquet'").fetchall()
    check({path: label for path, label in rows if label is not None}, LABELS, "labels")


def clip_retrieval():
    from embedding_reader import EmbeddingReader

    reader = EmbeddingReader(
        embeddings_folder=place("clip-retrieval/img_emb"),
        metadata_folder=place("clip-retrieval/metadata"),
        meta_columns=["image_path", "label"],
        file_format="parquet_npy",
    )
    read = 0
    for vectors, metadata in reader(batch_size=2):
        for vector, path in zip(vectors, metadata["image_path"]):
            check([float(x) for x in vector], VECTORS[path], "vector")
            read += 1
    check(read, len(VECTORS), "pictures")


READERS = [
    ("cvat", "datumaro", cvat),
    ("coco", "pycocotools", coco),
    ("coco", "datumaro", coco_datumaro),
    ("label-studio", "label_studio_sdk", label_studio),
    ("fiftyone", "fiftyone", fiftyone),
    ("yolo", "datumaro", yolo),
    ("parquet", "duckdb", parquet),
    ("clip-retrieval", "duckdb", clip_retrieval_duckdb),
    ("clip-retrieval", "embedding_reader", clip_retrieval),
]

failed = False
for name, module, read in READERS:
    if importlib.util.find_spec(module) is None:
        print(f"{name} by {module}: not installed")
        continue
    try:
        read()
        print(f"{name} by {module}: as written")
    except Exception as error:  # what a reader raises is what is looked for
        failed = True
        print(f"{name} by {module}: {type(error).__name__}: {error}")
sys.exit(1 if failed else 0)
