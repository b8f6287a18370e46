import { access, chmod, constants, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { type Writing, writing } from "./disk.js";
import { makeFolder } from "./folders.js";
import { openFile } from "./open-file.js";

export interface WholeOptions {
  /**
   * Whether the bytes are on the disk before the file has its name, so that it is whole after a loss of power too. That takes the disk
   * some milliseconds a file. Default: true.
   */
  readonly synced?: boolean;
}

/**
 * Lets `write` make a file that is there as a whole or not at all, under another name until then; one that was there before is replaced,
 * unless it may not be written to, and leaves its permissions. Into a pipe or a device it writes straight.
 *
 * @param write is told the path to write to; it replaces what another run left there
 * @throws NearlabelError `WRITE_FAILED`, and what `write` throws. Nothing is left of the file then
 */
export async function writeWhole(
  path: string,
  write: (path: string) => Promise<void>,
  remedy: Writing,
  { synced = true }: WholeOptions = {},
): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  if (there && !there.isFile()) return writing(path, () => write(path), remedy);
  const target = there ? await realpath(path) : path;
  const temporary = `${target}.tmp`;
  try {
    if (there) await writing(path, () => access(target, constants.W_OK), remedy);
    else await writing(path, () => makeFolder(dirname(target)), remedy);
    await writing(path, () => write(temporary), remedy);
    await writing(path, () => named(temporary, target, { mode: there?.mode, synced }), remedy);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** What to do where a file that somebody named cannot be written. */
export const ANOTHER_FILE = { otherwise: "choose another file" } as const;

/** Writes `content` by {@link writeWhole}. @throws NearlabelError `WRITE_FAILED` */
export async function writeWholeFile(
  path: string,
  content: string | Uint8Array | Iterable<string>,
  remedy: Writing = ANOTHER_FILE,
  options: WholeOptions = {},
): Promise<void> {
  await writeWhole(path, (temporary) => writeFile(temporary, content), remedy, options);
}

async function named(
  temporary: string,
  target: string,
  { mode, synced }: { readonly mode: number | undefined; readonly synced: boolean },
): Promise<void> {
  if (synced) {
    await using handle = await openFile(temporary, "r+");
    await handle.sync();
  }
  if (mode !== undefined) await chmod(temporary, mode);
  await rename(temporary, target);
}
