/**
 * Classifies drawn pictures as a stream and says, as JSON on stdout, when the 1st, 2nd, 5th, 10th, ... of them was there and
 * what memory was in use then.
 *
 *   node bench/memory/stream.mjs <pictures> [--model mini] [--cache folder]
 */
import { parseArgs } from "node:util";
import { openEmbeddingCache } from "../../dist/embeddings/embedding-cache.js";
import { createClassifier } from "../../dist/index.js";
import { drawnPictures, LABELS } from "./pictures.mjs";
import { memory, peak } from "./usage.mjs";

const { positionals, values: options } = parseArgs({
  allowPositionals: true,
  options: { model: { type: "string" }, cache: { type: "string" } },
});
const count = Number(positionals[0]);
const classifier = await createClassifier({ labels: LABELS, model: options.model });
const { model } = classifier;
const cache = options.cache && (await openEmbeddingCache(options.cache, await spaceOf(model)));
await classifier.classify([...drawnPictures(1, LABELS)]); // opens the vision tower

const points = [];
const started = performance.now();
let done = 0;
for await (const { error } of classifier.stream(drawnPictures(count, LABELS), { cache })) {
  if (error) throw error;
  done++;
  if (isRound(done) || done === count) {
    points.push({ pictures: done, seconds: (performance.now() - started) / 1000, ...memory() });
  }
}
await cache?.close();
await classifier.close();
console.log(JSON.stringify({ points, peak: peak() }));

async function spaceOf({ identity, dimension }) {
  return {
    model: identity.id,
    dimension,
    fingerprint: await identity.fingerprint(),
    variant: identity.pictures,
  };
}

/** 1, 2, 5, 10, 20, 50, ... */
function isRound(number) {
  return /^[125]0*$/.test(String(number));
}
