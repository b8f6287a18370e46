/**
 * Pictures a second over CIFAR-100 with the built-in model and its 100 labels, and how near that is to the limit of the cores.
 *
 *   npm run build && node bench/cifar100/run.mjs --cifar100 <folder> [--pictures 10000] [--json file]
 */
import { firstOf } from "../../dist/image/preprocess/pixel-batch.js";
import { createClassifier, loadModel, openDataset } from "../../dist/index.js";
import { shareOfLimit } from "../limit.mjs";
import { argumentsOf, writeResult } from "../result.mjs";

const { cifar100, pictures: given = "10000", json } = argumentsOf(["cifar100", "pictures"]);
if (!cifar100) throw new Error("usage: node bench/cifar100/run.mjs --cifar100 <folder>");
const dataset = await openDataset(cifar100);
const count = Math.min(Number(given), dataset.size);
const model = await loadModel();
const classifier = await createClassifier({ labels: dataset.labels, model });
const { size } = model.batching;
const pixels = await model.preprocess(await images(0, size));
let memory;
const works = {
  encoder: async (start, end) => {
    for (let at = start; at < end; at += size) await model.encodePixels(firstOf(pixels, end - at));
  },
  preprocessing: async (start, end) => {
    for (let at = start; at < end; at += size) {
      memory = await model.preprocess(await images(at, Math.min(at + size, end)), memory);
    }
  },
  classify: async (start, end) => {
    for await (const { error } of classifier.stream(dataset.rows({ start, end }))) if (error) throw error;
  },
};
for (const work of Object.values(works)) await work(0, 8 * size);
const { bar, figures } = await shareOfLimit(works, count);
await classifier.close();
await model.close();
await writeResult({ name: "cifar100", bars: [bar], figures }, json);

async function images(start, end) {
  const found = [];
  for await (const { image } of dataset.rows({ start, end })) found.push(image);
  return found;
}
