// Memory of an ingest of 200,000 small pictures into a table: RSS after the first tenth, when all is loaded and every buffer
// has its size, and the most after it; on Linux also the most of the process that builds indexes meanwhile. The model is one
// that costs nothing, so that what is measured is the ingest.
//
//     npm run build && node bench/images/memory.mjs [--pictures 200000]
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ingest } from "../../dist/bundle/index.js";

const { values } = parseArgs({ options: { pictures: { type: "string", default: "200000" } } });
const pictures = Number(values.pictures);
const DIMENSION = 512;

const dataset = {
  name: "numbered",
  size: pictures,
  async *rows() {
    for (let id = 0; id < pictures; id++) yield { id, image: pictureOf(id) };
  },
};

/** A 1 x 1 bitmap's worth of bytes, each its own. */
function pictureOf(id) {
  const bytes = Buffer.alloc(3000, id & 255);
  bytes.writeUInt32LE(id, 0);
  return bytes;
}

const model = {
  identity: { id: "free", fingerprint: async () => `sha256:${"0".repeat(64)}`, pictures: "none" },
  dimension: DIMENSION,
  scoring: { logitScale: 100, logitBias: 0, scoreFunction: "softmax" },
  batching: { size: 16, ahead: 2, maxBytes: 2 ** 20 },
  async embedImages(images) {
    const data = new Float32Array(images.length * DIMENSION);
    for (const [index, image] of images.entries()) {
      const digest = createHash("md5")
        .update(new Uint8Array(image instanceof Blob ? await image.arrayBuffer() : image))
        .digest();
      for (let at = 0; at < DIMENSION; at++)
        data[index * DIMENSION + at] = (digest[at & 15] - 127.5) / 255 + at / DIMENSION;
      let sum = 0;
      for (let at = 0; at < DIMENSION; at++) sum += data[index * DIMENSION + at] ** 2;
      for (let at = 0; at < DIMENSION; at++) data[index * DIMENSION + at] /= Math.sqrt(sum);
    }
    const norms = new Float64Array(images.length).fill(1);
    return { embeddings: { data, rows: images.length, columns: DIMENSION }, norms, errors: new Map() };
  },
};

let upkeepMb = 0;
const watching = setInterval(() => {
  try {
    const children = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8");
    for (const child of children.trim().split(/\s+/)) {
      const [, most] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child}/status`, "utf8")) ?? [];
      upkeepMb = Math.max(upkeepMb, Math.round(Number(most ?? 0) / 1024));
    }
  } catch {
    // It ended meanwhile, or there is none.
  }
}, 100);
const root = await mkdtemp(join(tmpdir(), "nearlabel-memory-"));
try {
  const most = new Array(10).fill(0);
  const started = performance.now();
  const result = await ingest(dataset, {
    table: join(root, "table.db"),
    model,
    onProgress({ done }) {
      const tenth = Math.min(9, Math.floor((10 * done) / pictures));
      if (tenth > 0 && most[tenth] === 0) console.error(`${tenth} tenths: ${Math.round(most[tenth - 1])} MB`);
      most[tenth] = Math.max(most[tenth], process.memoryUsage().rss / 2 ** 20);
    },
  });
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(
    JSON.stringify({ pictures: result.count, seconds, mostMbByTenth: most.map(Math.round), upkeepMb }),
  );
} finally {
  clearInterval(watching);
  await rm(root, { recursive: true, force: true });
}
