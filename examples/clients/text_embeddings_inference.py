"""Text embeddings as text-embeddings-inference serves them, with Hugging Face's client.

    pip install huggingface_hub numpy
    python text_embeddings_inference.py http://127.0.0.1:8080 "a photo of a cat" "a photo of a dog"
"""

import os
import sys

from huggingface_hub import InferenceClient

server, *texts = sys.argv[1:]
client = InferenceClient(model=server, token=os.environ.get("NEARLABEL_KEY", "none"))

embeddings = client.feature_extraction(texts, normalize=True)
print(embeddings.shape)
print(f"{embeddings[0] @ embeddings[1]:.4f}  of the first two")
