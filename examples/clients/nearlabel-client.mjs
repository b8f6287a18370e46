// A server of nearlabel from a program of one's own, in Node.js as in browsers: fetch only, no dependencies.
//
//     npm install nearlabel
//     node nearlabel-client.mjs http://127.0.0.1:8080 photos photo.png cup bus snail

import { readFile } from "node:fs/promises";
import { createClient, ServerError } from "nearlabel/client";

const [server, table, path, ...labels] = process.argv.slice(2);
const client = createClient(server, { key: process.env.NEARLABEL_KEY });
const picture = new Uint8Array(await readFile(path));

const [{ predictions }] = await client.classify([picture], { labels, topK: 2 });
for (const { label, score } of predictions) console.log(`${score.toFixed(4)}  ${label}`);

for await (const { index, error } of client.classifyEach([picture, picture.subarray(0, 900)], { labels })) {
  if (error) console.log(`picture ${index}: ${error.message}`);
}

const { count } = await client.tables.get(table);
console.log(`${count} pictures in ${table}`);

try {
  await client.labelSets.get("missing");
} catch (error) {
  if (!(error instanceof ServerError)) throw error;
  console.log(`${error.code}: ${error.message}`);
}
