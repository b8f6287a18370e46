import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { type FileRecord, PROOF_FILE, type Proof, readProof } from "./proof.js";

/** Quantised weights with their proof, in the model's folder or in one of their own. */
export interface QuantizedFiles {
  readonly folder: string;
  readonly proof: Proof;
}

/** What is in a folder: quantised weights that are what their proof says, or what is wrong with them. */
export type FoundQuantized =
  | { readonly quantized: QuantizedFiles; readonly fault?: never }
  | { readonly quantized?: never; readonly fault: string };

/**
 * Looks for quantised weights with a proof; undefined where there is none. Sizes are compared, and with `whole` hashes too.
 * @param isSource whether weights that they were made of are still those of the model; undefined where that is not known
 */
export async function findQuantized(
  folder: string,
  isSource: (file: FileRecord) => Promise<boolean | undefined>,
  whole = false,
): Promise<FoundQuantized | undefined> {
  const proof = await readProof(folder).catch(() => undefined);
  if (!proof) return undefined;
  for (const file of proof.files) {
    if (!(await isFile(folder, file, whole))) {
      return { fault: `${join(folder, file.path)} is damaged: it is not what ${PROOF_FILE} beside it says` };
    }
  }
  for (const file of proof.source) {
    if ((await isSource(file)) === false)
      return { fault: `${file.path} is another since the weights in q8 were made of it` };
  }
  return { quantized: { folder, proof } };
}

/** Whether a file of that size, and with `whole` of that content, is in the folder. */
async function isFile(folder: string, { path, bytes, sha256 }: FileRecord, whole: boolean): Promise<boolean> {
  const file = join(folder, path);
  const found = await stat(file).catch(() => undefined);
  if (found?.size !== bytes) return false;
  return !whole || (await sha256Of(file)) === sha256;
}

/** Of a file that is here, read as a stream. */
export async function sha256Of(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest("hex");
}
