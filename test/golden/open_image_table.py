"""Open a table of pictures with Python's lancedb and find the same neighbours that nearlabel finds.

usage: open_image_table.py TABLE_FOLDER [NEIGHBOURS.json]   (needs lancedb)

NEIGHBOURS.json: [{"path": …, "neighbours": [{"path": …, "similarity": …}, …]}, …], as test/image-table-python.test.ts writes it.
Without it the table is described and the neighbours of its first picture are printed.
"""

import json
import sys

import lancedb

table = lancedb.connect(sys.argv[1]).open_table("images")
about = json.loads(table.schema.metadata[b"nearlabel"])
print(f"{table.count_rows()} pictures, embedded by {about['model']}")
print("columns:", ", ".join(table.schema.names))


def nearest(path, k):
    quoted = path.replace("'", "''")
    vector = table.search().where(f"path = '{quoted}'").limit(1).to_list()[0]["vector"]
    query = table.search(vector).distance_type("cosine").bypass_vector_index()
    return [(row["path"], 1 - row["_distance"]) for row in query.limit(k).to_list()]


if len(sys.argv) < 3:
    first = table.search().limit(1).to_list()[0]["path"]
    for path, similarity in nearest(first, 5):
        print(f"{similarity:.4f}  {path}")
    sys.exit()

wrong = 0
with open(sys.argv[2]) as file:
    queries = json.load(file)
for query in queries:
    expected = query["neighbours"]
    found = nearest(query["path"], len(expected))
    for (path, similarity), one in zip(found, expected, strict=True):
        if path != one["path"] or abs(similarity - one["similarity"]) > 1e-6:
            wrong += 1
            print(f"differs: {query['path']}: {path} {similarity}, expected {one}")
print(f"{len(queries)} queries, {wrong} neighbours differ")
sys.exit(wrong > 0)
