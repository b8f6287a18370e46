import { randomUUID } from "node:crypto";
import { copyFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { NearlabelError } from "../../errors.js";
import { writing } from "../../files/disk.js";
import { makeFolder } from "../../files/folders.js";
import { withLock } from "../../hub/cache/lock.js";
import type { ModelFiles } from "../../model/files/files.js";
import { type FileRecord, PROOF_FILE, type Proof } from "../../model/quantized/proof.js";

/** The folder, in that of the weights, where new ones are made until they are known to be good. */
const STAGING = ".quantizing";
/** The folder for weights that fell short. */
const REFUSED = "refused";

const remedy = { otherwise: "give another folder", kept: "Nothing that was there has changed." } as const;

/** Does `work`, whose system errors mean that the folder cannot be written. */
function writingIn<T>(folder: string, work: () => Promise<T>): Promise<T> {
  return writing(folder, work, remedy);
}

/**
 * Does `work` with an empty folder beside where its results go, one process at a time. What is in it afterwards is deleted, and
 * so is what a process left that was killed.
 * @param weights paths in `folder` that the results will have
 * @throws NearlabelError WRITE_FAILED, OPTION_INVALID where weights of others are there
 */
export function inWorkshop<T>(
  folder: string,
  { weights, signal }: { weights: readonly string[]; signal: AbortSignal | undefined },
  work: (staging: string) => Promise<T>,
): Promise<T> {
  const staging = join(folder, STAGING);
  return writingIn(folder, async () => {
    await makeFolder(folder);
    return withLock(`${staging}.lock`, signal, async () => {
      await expectOwn(folder, weights);
      await rm(staging, { recursive: true, force: true });
      await makeFolder(staging);
      try {
        return await work(staging);
      } finally {
        await rm(staging, { recursive: true, force: true });
      }
    });
  });
}

async function existing(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** Copies what makes a model of weights: configuration and tokenizer. */
export async function copySettings(from: string, { layout }: ModelFiles, to: string): Promise<string[]> {
  const { config, preprocessor, tokenizer, tokenizerConfig } = layout;
  const copied: string[] = [];
  for (const path of [config, preprocessor, tokenizer, tokenizerConfig]) {
    if (!(await existing(join(from, path)))) continue;
    await makeFolder(dirname(join(to, path)));
    await copyFile(join(from, path), join(to, path));
    copied.push(path);
  }
  return copied;
}

/**
 * Refuses to put weights in the place of others that no proof speaks of, such as published ones. Where a process was killed while it
 * put its own there, its proof is not there yet, but the folder is still that it made them in.
 * @throws NearlabelError OPTION_INVALID
 */
async function expectOwn(folder: string, paths: readonly string[]): Promise<void> {
  const isThere = (path: string) => existing(join(folder, path));
  if ((await isThere(PROOF_FILE)) || (await isThere(STAGING))) return;
  for (const path of paths) {
    if (!(await isThere(path))) continue;
    throw new NearlabelError(
      "OPTION_INVALID",
      `${join(folder, path)} is there already, and was not made here. Give another folder for the new weights (to, ` +
        "--to), or move it away.",
    );
  }
}

/** Moves weights and settings into their folder. The proof leaves first and comes last, so that it never speaks of others. */
export async function place(
  staging: string,
  folder: string,
  settings: readonly string[],
  proof: Proof,
): Promise<void> {
  await rm(join(folder, PROOF_FILE), { force: true });
  await move(staging, folder, [...settings, ...proof.files.map(({ path }) => path)]);
  const temporary = join(folder, `${PROOF_FILE}.${randomUUID().slice(0, 8)}.tmp`);
  await writeFile(temporary, proofText(proof));
  await rename(temporary, join(folder, PROOF_FILE));
  await rm(join(folder, REFUSED), { recursive: true, force: true });
}

/** Moves weights that fell short into a folder of their own, and takes away the same ones that were accepted before. */
export async function setAside(
  staging: string,
  folder: string,
  settings: readonly string[],
  proof: Proof,
  earlier: readonly FileRecord[],
): Promise<string> {
  const aside = join(folder, REFUSED);
  await rm(aside, { recursive: true, force: true });
  await move(staging, aside, [...settings, ...proof.files.map(({ path }) => path)]);
  await writeFile(join(aside, PROOF_FILE), proofText(proof));
  if (earlier.length > 0) await rm(join(folder, PROOF_FILE), { force: true });
  for (const { path } of earlier) await rm(join(folder, path), { force: true });
  return aside;
}

async function move(from: string, to: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await makeFolder(dirname(join(to, path)));
    await rename(join(from, path), join(to, path));
  }
}

function proofText(proof: Proof): string {
  return `${JSON.stringify(proof, null, 2)}\n`;
}
