"""Search by words and by a picture with clip-retrieval's client.

    pip install clip-retrieval
    python clip_retrieval_client.py http://127.0.0.1:8080 photos "a drawing of a bus" photo.png
"""

import sys

from clip_retrieval.clip_client import ClipClient

server, table, text, picture = sys.argv[1:]
client = ClipClient(url=f"{server}/knn-service", indice_name=table, num_images=2)

for query in ({"text": text}, {"image": picture}):
    for found in client.query(**query):
        print(f"{found['similarity']:.4f}  {found['caption']}")
