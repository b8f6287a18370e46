// Which text fits a picture best, with OpenAI's client.
//
//     npm install openai
//     node openai-embeddings.mjs http://127.0.0.1:8080 photo.png cat dog bird

import { readFile } from "node:fs/promises";
import OpenAI from "openai";

const [server, picture, ...names] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${server}/v1`, apiKey: process.env.NEARLABEL_KEY ?? "none" });
const [{ id: model }] = (await client.models.list()).data;

const dataUrl = `data:image/png;base64,${await readFile(picture, "base64")}`;
const texts = await client.embeddings.create({ model, input: names.map((name) => `a photo of a ${name}`) });
const [image] = (await client.embeddings.create({ model, input: dataUrl })).data;

const found = texts.data.map(({ embedding }, at) => ({
  name: names[at],
  similarity: embedding.reduce((sum, value, n) => sum + value * image.embedding[n], 0),
}));
found.sort((a, b) => b.similarity - a.similarity);
for (const { name, similarity } of found) console.log(`${similarity.toFixed(4)}  ${name}`);
