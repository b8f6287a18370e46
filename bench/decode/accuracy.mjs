/**
 * Whether `decode: "fast"` changes how many pictures are named right. The data sets at hand have small pictures, which it
 * leaves alone, so each is enlarged 43 times and saved as JPEG: that is large, and has no fine detail to lose.
 *
 *   npm run build && node bench/decode/accuracy.mjs cifar100/ [pictures, default 2000] [model]
 */
import sharp from "sharp";
import { decodeImage } from "../../dist/image/decode/decode.js";
import { evaluate, labelSet, loadModel, openDataset } from "../../dist/index.js";

const TIMES = 43;
const [path, pictures = "2000", id = "mini"] = process.argv.slice(2);
const small = await openDataset(path, { split: "test" });
const rows = [];
for await (const row of small.rows({ end: Number(pictures) })) {
  rows.push({ ...row, image: await enlarged(await decodeImage(row.image)) });
}
const dataset = {
  name: `${small.name}, enlarged`,
  labels: small.labels,
  size: rows.length,
  async *rows({ start = 0, end } = {}) {
    yield* rows.slice(start, end);
  },
};
const labels = labelSet(small.labels);
const templates = ["a photo of a {}"];
const models = [await loadModel(id), await loadModel(id, { decode: "fast" })];
const runs = models.map((model, at) => ({ name: at === 0 ? "exact" : "fast", model, labels, templates }));
const { evaluation, outcomes } = await evaluate({ dataset, runs });
for (const { name, metrics } of evaluation.runs) {
  const [first, five] = [metrics["acc@1"], metrics["acc@5"]].map(({ value }) => (100 * value).toFixed(2));
  console.log(`${name}: acc@1 ${first} %, acc@5 ${five} % of ${rows.length} pictures`);
}
const [exact, fast] = outcomes.map(({ predicted }) => [...predicted]);
console.log(`another first label: ${exact.filter((label, at) => label !== fast[at]).length}`);
for (const model of models) await model.close();

function enlarged({ data, width, height }) {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .resize({ width: TIMES * width, height: TIMES * height, kernel: "cubic" })
    .jpeg({ quality: 90 })
    .toBuffer();
}
