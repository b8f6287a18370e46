"""Text and picture embeddings with LlamaIndex's client for Jina.

    pip install llama-index-embeddings-jinaai
    python llamaindex_embeddings.py http://127.0.0.1:8080 photo.png "a photo of a cat"
"""

import os
import sys

from llama_index.embeddings.jinaai import JinaEmbedding

server, picture, text = sys.argv[1:]
embedding = JinaEmbedding(model="mini", api_key=os.environ.get("NEARLABEL_KEY", "none"))
# The client has no option for the address.
embedding._api.api_url = f"{server}/v1/embeddings"

print(f"{embedding.similarity(embedding.get_image_embedding(picture), embedding.get_text_embedding(text)):.4f}  {text}")
