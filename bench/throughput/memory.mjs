/**
 * Whether memory stays flat: the rows of a data set, again and again, through `classifier.stream`.
 *
 *   npm run build && node bench/throughput/memory.mjs <data set> [pictures, default 50000] [model, default mini]
 */
import { createClassifier, openDataset } from "../../dist/index.js";

const [path, given = "50000", model = "mini"] = process.argv.slice(2);
if (!path) throw new Error("usage: node bench/throughput/memory.mjs <data set> [pictures] [model]");
const count = Number(given);
const dataset = await openDataset(path);
const classifier = await createClassifier({ labels: ["a thing", "another thing"], model });

async function* repeated() {
  for (let left = count; left > 0; ) {
    for await (const row of dataset.rows({ end: left })) {
      yield row;
      left--;
    }
  }
}

const mebibytes = () => Math.round(process.memoryUsage.rss() / 2 ** 20);
const started = performance.now();
const rows = [];
let done = 0;
for await (const _ of classifier.stream(repeated())) {
  done++;
  if (done === 1000 || done % 10_000 === 0 || done === count) {
    rows.push({
      pictures: done,
      "RSS, MiB": mebibytes(),
      seconds: Math.round((performance.now() - started) / 1000),
    });
  }
}
console.table(rows);
console.log(`peak ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`);
await classifier.close();
