// Zero-shot classification and text embeddings with Hugging Face's client.
//
//     npm install @huggingface/inference
//     node huggingface.mjs http://127.0.0.1:8080 photo.png cat dog bird

import { readFile } from "node:fs/promises";
import { InferenceClient } from "@huggingface/inference";

const [server, picture, ...labels] = process.argv.slice(2);
const client = new InferenceClient(process.env.NEARLABEL_KEY).endpoint(`${server}/hf/mini`);
const image = new Blob([await readFile(picture)]);

const found = await client.zeroShotImageClassification({
  inputs: { image },
  parameters: { candidate_labels: labels, hypothesis_template: "a photo of a {}" },
});
for (const { label, score } of found) console.log(`${score.toFixed(4)}  ${label}`);

const [nearest] = await client.imageClassification({ data: image });
console.log("by the server's labels:", nearest.label);
const [embedding] = await client.featureExtraction({ inputs: "a photo of a cat" });
console.log("text embedding:", embedding.length);
