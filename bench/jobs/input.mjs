// What the measurements of jobs work on.
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A CLIP of some ten thousand weights, so that the time of a shard is that of everything around the network. */
export const MODEL = fileURLToPath(new URL("../../test/golden/families/clip", import.meta.url));

const RECORD = 1 + 3 * 32 * 32;
const IN_A_FILE = 10_000;

/** Pictures of noise, the same each time, in the binary form of CIFAR-10. */
export function noisePictures(folder, count) {
  mkdirSync(folder, { recursive: true });
  for (let first = 0; first < count; first += IN_A_FILE) {
    const records = Buffer.alloc(Math.min(IN_A_FILE, count - first) * RECORD);
    for (let at = 0; at < records.length; at += 32) {
      createHash("sha256").update(`${first} ${at}`).digest().copy(records, at);
    }
    writeFileSync(join(folder, `data_batch_${first / IN_A_FILE + 1}.bin`), records);
  }
  return folder;
}
