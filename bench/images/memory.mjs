// Memory of an ingest of 200,000 small pictures into a table: RSS after the first tenth, when all is loaded and every buffer
// has its size, and the most in each tenth after it. On Linux also of the process that writes, apart and in the sum, and the most of the one
// that builds indexes meanwhile. The model is one that costs nothing, so that what is measured is the ingest.
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

/** What processes of this one hold now, by what they do; on Linux only. */
function childrenMb() {
  const found = { write: 0, upkeep: 0 };
  try {
    const children = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8");
    for (const child of children.trim().split(/\s+/)) {
      const [, work] = /(write|upkeep)-process/.exec(readFileSync(`/proc/${child}/cmdline`, "utf8")) ?? [];
      const [, rss] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child}/status`, "utf8")) ?? [];
      if (work && rss) found[work] = Number(rss) / 1024;
    }
  } catch {
    // It ended meanwhile, or there is none.
  }
  return found;
}

const most = Array.from({ length: 10 }, () => ({ own: 0, write: 0, sum: 0 }));
let [tenth, upkeepMb] = [0, 0];
const look = () => {
  const own = process.memoryUsage.rss() / 2 ** 20;
  const { write, upkeep } = childrenMb();
  upkeepMb = Math.max(upkeepMb, Math.round(upkeep));
  for (const [what, mb] of Object.entries({ own, write, sum: own + write }))
    most[tenth][what] = Math.max(most[tenth][what], Math.round(mb));
};
const looking = setInterval(look, 100);
const root = await mkdtemp(join(tmpdir(), "nearlabel-memory-"));
try {
  const started = performance.now();
  const result = await ingest(dataset, {
    table: join(root, "table.db"),
    model,
    onProgress({ done }) {
      const now = Math.min(9, Math.floor((10 * done) / pictures));
      if (now === tenth) return;
      console.error(`${now} tenths: ${JSON.stringify(most[tenth])} MB`);
      tenth = now;
    },
  });
  const seconds = Math.round((performance.now() - started) / 1000);
  const grown = Math.max(...most.map(({ sum }) => sum)) - most[0].sum;
  console.log(
    JSON.stringify({ pictures: result.count, seconds, grownMb: grown, mostMbByTenth: most, upkeepMb }),
  );
} finally {
  clearInterval(looking);
  await rm(root, { recursive: true, force: true });
}
