"""Zero-shot classification and text embeddings with Hugging Face's client.

    pip install huggingface_hub numpy
    python huggingface.py http://127.0.0.1:8080 photo.png cat dog bird
"""

import os
import sys

from huggingface_hub import InferenceClient

server, picture, *labels = sys.argv[1:]
client = InferenceClient(base_url=f"{server}/hf/mini", api_key=os.environ.get("NEARLABEL_KEY", "none"))

for found in client.zero_shot_image_classification(picture, labels, hypothesis_template="a photo of a {}"):
    print(f"{found.score:.4f}  {found.label}")

print("by the server's labels:", client.image_classification(picture)[0].label)
print("text embedding:", client.feature_extraction("a photo of a cat").shape)
