"""Writes test/golden/stored-embeddings: embeddings as clip-retrieval, NumPy and pandas leave them, and what is in them.
Also checks embeddings that nearlabel wrote.

    make_stored_embeddings.py               writes the golden files
    make_stored_embeddings.py check FOLDER  prints what NumPy and pyarrow read in a folder that nearlabel wrote

Run with Python, NumPy and pyarrow.
"""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).parent / "stored-embeddings"
DIMENSION = 6


def rows(count, seed):
    """Vectors that are not of unit length, so that bringing them there shows."""
    return np.random.default_rng(seed).normal(0, 2, (count, DIMENSION))


def unit(matrix):
    matrix = matrix.astype(np.float64)
    return (matrix / np.linalg.norm(matrix, axis=1, keepdims=True)).astype(np.float32)


def write_retrieval():
    """Two parts in float16, which the order of text would swap; numbers are padded with zeros in one folder only."""
    folder = ROOT / "retrieval"
    for name in ("img_emb", "text_emb", "metadata"):
        (folder / name).mkdir(parents=True)
    expected = []
    for number, (text, count) in {2: ("2", 3), 10: ("10", 2)}.items():
        images = rows(count, number).astype(np.float16)
        np.save(folder / f"img_emb/img_emb_{text}.npy", images)
        np.save(folder / f"text_emb/text_emb_{text}.npy", rows(count, number + 100).astype(np.float16))
        paths = [f"shard/{number}-{row}.jpg" for row in range(count)]
        labels = ["cat" if row % 2 == 0 else None for row in range(count)]
        captions = [f"a caption of {path}" for path in paths]
        table = {"image_path": paths, "caption": captions, "label": labels, "key": list(range(count))}
        pq.write_table(pa.table(table), folder / f"metadata/metadata_{number:02d}.parquet")
        expected += [
            {"id": path, "label": label, "embedding": vector.tolist()}
            for path, label, vector in zip(paths, labels, unit(images))
        ]
    return expected


def write_plain():
    """One file of float32 with each kind of metadata beside it; the labels of the Parquet file are integers with names."""
    matrix = rows(4, 7).astype(np.float32)
    integers, names = [1, 0, 1, -1], ["ant", "bee"]
    ids = [f"{row}.png" for row in range(4)]
    labels = [names[label] if label >= 0 else None for label in integers]
    for kind in ("parquet", "json", "jsonl", "none"):
        np.save(ROOT / f"{kind}.npy", matrix)
    features = {"label": {"names": names, "_type": "ClassLabel"}, "id": {"dtype": "string", "_type": "Value"}}
    table = pa.table({"id": ids, "label": integers})
    metadata = {"huggingface": json.dumps({"info": {"features": features}})}
    pq.write_table(table.replace_schema_metadata(metadata), ROOT / "parquet.parquet")
    objects = [{"id": i, "label": label} for i, label in zip(ids, labels)]
    (ROOT / "json.json").write_text(json.dumps(objects, indent=1))
    (ROOT / "jsonl.jsonl").write_text("".join(json.dumps(item) + "\n" for item in objects))
    vectors = unit(matrix).tolist()
    return [{"id": i, "label": label, "embedding": v} for i, label, v in zip(ids, labels, vectors)]


def write_faulty():
    """Rows that are no embeddings between rows that are."""
    matrix = unit(rows(5, 9))
    matrix[1, 2] = np.nan
    matrix[2] = 0
    matrix[3] *= 1.5
    np.save(ROOT / "faulty.npy", matrix)


def check(folder):
    parts = []
    for npy in sorted((folder / "img_emb").glob("*.npy"), key=lambda path: int(path.stem.split("_")[-1])):
        matrix = np.load(npy)
        table = pq.read_table(folder / "metadata" / f"metadata_{npy.stem.split('_')[-1]}.parquet")
        shape = list(matrix.shape)
        values = matrix.astype(np.float64).tolist()
        parts.append({"dtype": str(matrix.dtype), "shape": shape, "values": values, "rows": table.to_pylist()})
    return parts


if __name__ == "__main__":
    if sys.argv[1:2] == ["check"]:
        print(json.dumps(check(Path(sys.argv[2]))))
    else:
        shutil.rmtree(ROOT, ignore_errors=True)
        ROOT.mkdir()
        expected = {"retrieval": write_retrieval(), "plain": write_plain()}
        write_faulty()
        (ROOT / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
