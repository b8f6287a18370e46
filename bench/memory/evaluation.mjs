/**
 * Evaluates drawn pictures and says, as JSON on stdout, what memory was in use. Their embeddings come from a cache that
 * stream.mjs filled, so that it takes seconds.
 *
 *   node bench/memory/evaluation.mjs <pictures> <folder of the embedding cache>
 */

import { openEmbeddingCache } from "../../dist/embeddings/embedding-cache.js";
import { evaluate, labelSet, loadModel } from "../../dist/index.js";
import { drawnPictures, LABELS } from "./pictures.mjs";
import { memory, peak } from "./usage.mjs";

const [count, folder] = [Number(process.argv[2]), process.argv[3]];
const model = await loadModel("mini");
const { identity, dimension } = model;
const fingerprint = await identity.fingerprint();
const before = memory();
const started = performance.now();
const { evaluation } = await evaluate({
  dataset: {
    name: "drawn",
    labels: LABELS,
    size: count,
    rows: async function* () {
      yield* drawnPictures(count, LABELS);
    },
  },
  runs: [{ name: "mini", model, labels: labelSet(LABELS), templates: ["a photo of a {}"] }],
  cacheOf: () =>
    openEmbeddingCache(folder, { model: identity.id, dimension, fingerprint, variant: identity.pictures }),
});
const seconds = (performance.now() - started) / 1000;
const { pictures } = evaluation.dataset;
console.log(
  JSON.stringify({
    pictures,
    dimension,
    labels: LABELS.length,
    seconds,
    before,
    after: memory(),
    peak: peak(),
  }),
);
await model.close();
