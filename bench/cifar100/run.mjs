/**
 * Pictures a second over CIFAR-100 with the built-in model and its 100 labels, and how near that is to the limit of the cores.
 *
 *   npm run build && node bench/cifar100/run.mjs --cifar100 <folder> [--pictures 10000] [--json file]
 */
import { firstOf } from "../../dist/image/preprocess/pixel-batch.js";
import { createClassifier, openDataset } from "../../dist/index.js";
import { shareOfLimit } from "../limit.mjs";
import { argumentsOf, writeResult } from "../result.mjs";

const { cifar100, pictures: given = "10000", json } = argumentsOf(["cifar100", "pictures"]);
if (!cifar100) throw new Error("usage: node bench/cifar100/run.mjs --cifar100 <folder>");
const dataset = await openDataset(cifar100);
const count = Math.min(Number(given), dataset.size);
const classifier = await createClassifier({ labels: dataset.labels });
const { batchSize, preprocess, encodePixels, reuse } = classifier.model.imageSteps;
const { pixels } = await preprocess(await images(0, batchSize), "here");
const works = {
  encoder: async (start, end) => {
    for (let at = start; at < end; at += batchSize) await encodePixels(firstOf(pixels, end - at));
  },
  preprocessing: async (start, end) => {
    for (let at = start; at < end; at += batchSize) {
      reuse((await preprocess(await images(at, Math.min(at + batchSize, end)), "here")).pixels);
    }
  },
  classify: async (start, end) => {
    for await (const { error } of classifier.stream(dataset.rows({ start, end }))) if (error) throw error;
  },
};
for (const work of Object.values(works)) await work(0, 8 * batchSize);
const { bar, figures } = await shareOfLimit(works, count);
await classifier.close();
await writeResult({ name: "cifar100", bars: [bar], figures }, json);

async function images(start, end) {
  const found = [];
  for await (const { image } of dataset.rows({ start, end })) found.push(image);
  return found;
}
