/**
 * Embeds pictures of every kind with and without threads, and prints how many threads started and whether the results
 * are the same. The last model is left open: its threads must not keep the process alive.
 *
 *   node test/pipeline-threads.mjs <url of the compiled index.js> <a PNG>
 */
import { execFileSync, spawn } from "node:child_process";
import { openAsBlob } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [, , entry, sample] = process.argv;
const { createClassifier, embeddingAt, embedRows, imageFile, loadModel } = await import(entry);
let threads = 0;
process.on("worker", () => threads++);
const bytes = await readFile(sample);
const large = new Uint8Array(bytes.length + 200);
large.set(bytes, 100);
const grey = new Uint8ClampedArray(30 * 20).map((_, at) => at);
const kinds = [
  imageFile(sample),
  bytes,
  large.subarray(100, 100 + bytes.length),
  Uint8Array.from(bytes).buffer,
  new Blob([bytes]),
  // Node.js ends the process where a thread reads what is made of one that stands for a file.
  await openAsBlob(sample),
  new File([await openAsBlob(sample)], "bus.png"),
  { data: grey, width: 30, height: 20, channels: 1, resize() {} },
  new File([bytes.subarray(0, 500)], "cut.png"),
  imageFile("no-such.png"),
  { data: grey, width: 30, height: 20, channels: 1 },
  { data: grey, width: 3, height: 2, channels: 3 },
  new Uint8Array(0),
  bytes.subarray(0, 900),
];
const images = Array.from({ length: 40 }, (_, at) => kinds[at % kinds.length]);
const embed = async (workers, count) => {
  const model = await loadModel("mini", { batchSize: 4, workers });
  const before = threads;
  const batch = await model.embedImages(images.slice(0, count));
  const results = Array.from({ length: count }, (_, position) => embeddingAt(batch, position));
  // Of an error the name of the picture and the code: libvips keeps what went wrong in one place for all threads, so that of
  // two pictures that fail at once one may be told "Unknown error".
  const told = results.map((result) =>
    result.embedding ? [...result.embedding] : [result.code, result.message.split(" is ")[0]],
  );
  return { model, told: JSON.stringify(told), threads: threads - before };
};
const alone = await embed(0, 40);
const few = await embed(2, 8);
const beside = await embed(2, 40);
const again = beside.model.embedImages(images);
const closing = [again.then(() => beside.model.close()), alone.model.close()];
await Promise.all(closing);
const classified = async (workers) => {
  const before = threads;
  const classifier = await createClassifier({ labels: ["cup", "bus"], load: { workers } });
  const started = threads - before;
  const told = JSON.stringify(await classifier.classify([sample, bytes, images.at(-1)]));
  await classifier.close();
  return { started, told };
};
const [unaided, aided] = [await classified(0), await classified(2)];
/** Whether a picture that comes through a named pipe has the answer that its file has. */
const piped = async () => {
  if (process.platform === "win32") return true;
  const folder = await mkdtemp(join(tmpdir(), "nearlabel-pipe-"));
  const pipe = join(folder, "picture");
  execFileSync("mkfifo", [pipe]);
  const classifier = await createClassifier({ labels: ["cup", "bus"], load: { workers: 1 } });
  spawn("sh", ["-c", 'sleep 0.2; cat "$0" > "$1"', sample, pipe]);
  const [of, through] = await classifier.classify([sample, pipe]);
  await classifier.close();
  await rm(folder, { recursive: true });
  return JSON.stringify(of.predictions) === JSON.stringify(through.predictions);
};
const isPiped = await piped();
process.on("worker", (worker) => worker.terminate());
const failing = await embed(2, 40);
await failing.model.close();
process.removeAllListeners("worker");
// Left with batches on the way: were the process to end before the model has closed, nothing would be printed.
const left = await loadModel("mini", { batchSize: 4, workers: 2 });
const many = Array.from({ length: 400 }, (_, id) => ({ id, image: bytes }));
for await (const { row } of embedRows(left, many)) if (row.id === 60) break;
await left.close();
const open = await embed(1, 40);
console.log(
  JSON.stringify({
    alone: alone.threads,
    few: few.threads,
    beside: beside.threads > 0 && beside.threads <= 2,
    failing: failing.threads > 0,
    same: [beside, failing, open].every(({ told }) => told === alone.told),
    classifier: [unaided.started, aided.started],
    sameAnswers: unaided.told === aided.told,
    piped: isPiped,
    intact: bytes.equals(await readFile(sample)),
  }),
);
