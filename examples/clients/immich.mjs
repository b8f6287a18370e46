// What Immich's server sends to its machine-learning service, for a picture and for the words of a search. In Immich itself,
// only the address is needed: Administration > Settings > Machine Learning > URL.
//
//     node immich.mjs http://127.0.0.1:8080 photo.png "a photo of a cat" mini

import { readFile } from "node:fs/promises";

const [server, picture, text, modelName] = process.argv.slice(2);

async function predict(entries, part) {
  const form = new FormData();
  form.append("entries", JSON.stringify(entries));
  form.append(part.name, part.value);
  const response = await fetch(new URL("/predict", server), { method: "POST", body: form });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response.json();
}

console.log("ping:", await (await fetch(new URL("/ping", server))).text());
const image = new Blob([await readFile(picture)]);
const visual = await predict({ clip: { visual: { modelName } } }, { name: "image", value: image });
const textual = await predict(
  { clip: { textual: { modelName, options: { language: "en" } } } },
  { name: "text", value: text },
);

const [a, b] = [visual, textual].map(({ clip }) => JSON.parse(clip));
console.log(`${visual.imageWidth} x ${visual.imageHeight}`);
console.log(`${a.reduce((sum, value, n) => sum + value * b[n], 0).toFixed(4)}  ${text}`);
