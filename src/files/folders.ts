import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { systemErrorCode } from "../errors.js";

/**
 * Makes a folder and those above it, where they are not there yet. Rejects with the system's error where that cannot be.
 * In place of `mkdir` with `recursive`, which in Node.js 20 never ends where a folder that is there takes no others,
 * as `/proc` does.
 */
export async function makeFolder(path: string): Promise<void> {
  const first = await tryMakeFolder(path);
  if (first === undefined) return;
  if (systemErrorCode(first) !== "ENOENT" || dirname(path) === path) throw first;
  await makeFolder(dirname(path));
  const second = await tryMakeFolder(path);
  if (second !== undefined) throw second;
}

/** The error that kept the folder from being made, if any; that it is there already is none. */
async function tryMakeFolder(path: string): Promise<unknown> {
  try {
    await mkdir(path);
  } catch (error) {
    const isThere = systemErrorCode(error) === "EEXIST" && (await stat(path)).isDirectory();
    return isThere ? undefined : error;
  }
  return undefined;
}
