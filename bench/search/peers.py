"""hnswlib and usearch on the vectors that index.mjs wrote: INPUT.f32, INPUT-queries.f32, INPUT-exact.json. Prints JSON."""
import json
import resource
import sys
import time

import hnswlib
import numpy
from usearch.index import Index

path, columns = sys.argv[1], int(sys.argv[2])
vectors = numpy.fromfile(f"{path}.f32", dtype=numpy.float32).reshape(-1, columns)
queries = numpy.fromfile(f"{path}-queries.f32", dtype=numpy.float32).reshape(-1, columns)
exact = json.load(open(f"{path}-exact.json"))


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def measured(build, search):
    began = cpu()
    index = build()
    seconds = cpu() - began
    found, times = [], []
    for query in queries:
        started = time.perf_counter()
        found.append(search(index, query))
        times.append(time.perf_counter() - started)
    hits = sum(len(set(map(int, near)) & set(wanted)) for near, wanted in zip(found, exact))
    recall = hits / sum(map(len, exact))
    return {"buildCpuSeconds": round(seconds, 1), "recall": round(recall, 4), "milliseconds": round(1000 * sorted(times)[len(times) // 2], 2)}


def build_hnswlib():
    index = hnswlib.Index(space="cosine", dim=columns)
    index.init_index(max_elements=len(vectors), M=16, ef_construction=200)
    index.add_items(vectors)
    index.set_ef(100)
    return index


def build_usearch():
    index = Index(ndim=columns, metric="cos", dtype="f32", expansion_search=100)
    index.add(numpy.arange(len(vectors)), vectors)
    return index


print(
    json.dumps(
        {
            "hnswlib": measured(build_hnswlib, lambda index, query: index.knn_query(query, k=10)[0][0]),
            "usearch": measured(build_usearch, lambda index, query: index.search(query, 10).keys),
        }
    )
)
