/**
 * The 10,000 test pictures of CIFAR-100 and its labels, embedded by the built-in model: what the other scripts here
 * measure on. The embeddings are kept in the system's folder for temporary files, under the model's fingerprint.
 */

import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openDataset } from "../../dist/datasets/open.js";
import { loadModel } from "../../dist/encoder/load.js";
import { allEmbeddings } from "../../dist/index.js";
import { embedLabels } from "../../dist/labels/prompts/embed-labels.js";
import { labelSet } from "../../dist/labels/set/label-set.js";

/** Beside the checkout; the data set is no part of it. */
const DATASET = fileURLToPath(new URL("../../../shared/data/cifar100", import.meta.url));
const CHUNK = 256;

/** `targets` holds for each picture the position of its label in `labels`. */
export async function cifar100(path = DATASET) {
  const model = await loadModel("mini");
  try {
    const dataset = await openDataset(path);
    const labels = labelSet(dataset.labels);
    const embeddings = await embedLabels(model, labels, ["a photo of a {}"]);
    return {
      labels: dataset.labels,
      targets: await targetsOf(dataset),
      images: await imageEmbeddings(model, dataset),
      classes: { labels, embeddings, scoring: model.scoring },
    };
  } finally {
    await model.close();
  }
}

async function targetsOf(dataset) {
  const places = new Map(dataset.labels.map((label, position) => [label, position]));
  const targets = [];
  for await (const { label } of dataset.rows()) targets.push(places.get(label));
  return targets;
}

async function imageEmbeddings(model, dataset) {
  const columns = model.dimension;
  const file = join(tmpdir(), `nearlabel-cifar100-${(await model.identity.fingerprint()).slice(7, 23)}.f32`);
  const kept = await readFile(file).catch(() => undefined);
  if (kept?.length === 4 * columns * dataset.size) {
    return { data: new Float32Array(new Uint8Array(kept).buffer), rows: dataset.size, columns };
  }
  const data = new Float32Array(dataset.size * columns);
  for (let start = 0; start < dataset.size; start += CHUNK) {
    const pictures = [];
    for await (const { image } of dataset.rows({ start, end: start + CHUNK })) pictures.push(image);
    data.set(allEmbeddings(await model.embedImages(pictures)).data, start * columns);
  }
  await writeFile(file, data);
  return { data, rows: dataset.size, columns };
}
