import { createReadStream, createWriteStream } from "node:fs";
import { access, chmod, constants, mkdtemp, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { NearlabelError, reasonOf, systemErrorCode } from "../errors.js";
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
 * Lets `write` make a file that is there as a whole or not at all, under another name until then. It replaces one that was there before and may
 * be written to, and has the permissions of that. Into a pipe or a device it writes straight.
 *
 * A file that may be written to and not be replaced, as one that is mounted alone or lies in a folder that takes no others, is written in
 * place once its content is whole elsewhere. Where that ends half-way the content stays there, and the error says where.
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
  if (there) await writing(path, () => access(target, constants.W_OK), remedy);
  else await writing(path, () => makeFolder(dirname(target)), remedy);
  const draft = there ? await writing(path, () => draftFor(target), remedy) : besideOf(target);
  let isWanted = false;
  try {
    await writing(path, () => write(draft.file), remedy);
    isWanted = !(await writing(path, () => named(draft.file, target, { mode: there?.mode, synced }), remedy));
    if (isWanted) await writeInPlace(path, draft.file);
    isWanted = false;
  } finally {
    if (!isWanted) await draft.remove();
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

/** A file under another name than it is to have. */
interface Draft {
  readonly file: string;
  remove(): Promise<void>;
}

function besideOf(target: string): Draft {
  const file = `${target}.tmp`;
  // What cannot be removed, as a folder that lies there, could not be written either: that error says more.
  return { file, remove: () => rm(file, { force: true }).catch(() => {}) };
}

/** Beside a file that is there, or where none may be made there, in a folder for temporary files. */
async function draftFor(target: string): Promise<Draft> {
  const beside = besideOf(target);
  try {
    await using _ = await openFile(beside.file, "w");
    return beside;
  } catch (error) {
    if (!isIrreplaceable(error)) throw error;
  }
  const folder = await mkdtemp(join(tmpdir(), "nearlabel-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  return { file: join(folder, basename(target)), remove };
}

/** Whether an error may come of a file that can be written to all the same. */
function isIrreplaceable(error: unknown): boolean {
  return ["EACCES", "EPERM", "EROFS", "EBUSY", "EXDEV"].includes(systemErrorCode(error) ?? "");
}

/** False where a file is there, which has a mode, and cannot be replaced. */
async function named(
  draft: string,
  target: string,
  { mode, synced }: { readonly mode: number | undefined; readonly synced: boolean },
): Promise<boolean> {
  if (synced) {
    await using handle = await openFile(draft, "r+");
    await handle.sync();
  }
  if (mode !== undefined) await chmod(draft, mode);
  try {
    await rename(draft, target);
    return true;
  } catch (error) {
    if (mode === undefined || !isIrreplaceable(error)) throw error;
    return false;
  }
}

async function writeInPlace(path: string, draft: string): Promise<void> {
  try {
    await pipeline(createReadStream(draft), createWriteStream(path, { flush: true }));
  } catch (cause) {
    throw new NearlabelError(
      "WRITE_FAILED",
      `${path} cannot be written: ${reasonOf(cause)}. It is not whole now; what was to be in it is in ${draft}.`,
      { cause },
    );
  }
}
