"""Text embeddings with LangChain's clients for OpenAI and Jina; pictures with the latter.

    pip install langchain-openai langchain-community
    python langchain_embeddings.py http://127.0.0.1:8080 photo.png "a photo of a cat"
"""

import os
import sys

from langchain_community.embeddings import jina
from langchain_openai import OpenAIEmbeddings

server, picture, text = sys.argv[1:]
key = os.environ.get("NEARLABEL_KEY", "none")

# Without the last option LangChain sends token ids of OpenAI's own models.
openai = OpenAIEmbeddings(base_url=f"{server}/v1", api_key=key, model="mini", check_embedding_ctx_length=False)

# The address is a constant of the module.
jina.JINA_API_URL = f"{server}/v1/embeddings"
embeddings = jina.JinaEmbeddings(jina_api_key=key, model_name="mini")

ours = openai.embed_query(text)
theirs = embeddings.embed_query(text)
[image] = embeddings.embed_images([picture])
print(f"the same text by both: {sum(a * b for a, b in zip(ours, theirs)):.4f}")
print(f"{sum(a * b for a, b in zip(ours, image)):.4f}  {text}")
