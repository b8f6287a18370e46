"""Which text fits a picture best, with OpenAI's client.

    pip install openai
    python openai_embeddings.py http://127.0.0.1:8080 photo.png cat dog bird
"""

import base64
import os
import sys

from openai import OpenAI

server, picture, *names = sys.argv[1:]
client = OpenAI(base_url=f"{server}/v1", api_key=os.environ.get("NEARLABEL_KEY", "none"))
model = client.models.list().data[0].id

with open(picture, "rb") as file:
    data_url = f"data:image/png;base64,{base64.b64encode(file.read()).decode()}"

texts = client.embeddings.create(model=model, input=[f"a photo of a {name}" for name in names]).data
image = client.embeddings.create(model=model, input=data_url).data[0].embedding
similarities = [sum(a * b for a, b in zip(image, text.embedding)) for text in texts]
for similarity, name in sorted(zip(similarities, names), reverse=True):
    print(f"{similarity:.4f}  {name}")
