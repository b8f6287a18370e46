import type { Stats } from "node:fs";
import { type FileHandle, open, rmdir, stat, symlink, unlink } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { NearlabelError, reasonOf, systemErrorCode } from "../../errors.js";
import { writing } from "../../files/disk.js";
import { makeFolder } from "../../files/folders.js";
import { isObject, tryParseJson } from "../../files/json.js";
import { readText } from "../../files/text.js";
import { writeWholeFile } from "../../files/whole-file.js";
import { move, type Placeable, type Placing } from "./placeable.js";

/** One picture that was placed. */
interface Entry {
  /** When the run began; entries of one run have the same. */
  readonly run: string;
  readonly by: Placing;
  /** Absolute, as is `to`; of a picture that was no file, nothing. */
  readonly from?: string;
  readonly to: string;
  /** What the symbolic link at `from` held, where that was moved. */
  readonly link?: string;
  /** What was there right after, so that a file that changed since can be told. */
  readonly bytes: number;
  readonly modified: number;
}

/** Where a sort that moves writes what it did, unless another file is given. */
export function undoFileIn(folder: string): string {
  return join(folder, "nearlabel-sorted.jsonl");
}

export interface SortLog {
  add(picture: Placeable, to: string, stats: Stats): Promise<void>;
  close(): Promise<void>;
}

/** Opens the file that holds what was placed, one object a line, for one run more. */
export async function openSortLog(path: string): Promise<SortLog> {
  await makeFolder(dirname(path));
  const file: FileHandle = await open(path, "a");
  const run = new Date().toISOString();
  return {
    async add({ by, path, link }, to, { size, mtimeMs }) {
      const entry: Entry = {
        run,
        by,
        ...(path !== undefined && { from: path }),
        to: resolve(to),
        ...(link !== undefined && { link }),
        bytes: size,
        modified: mtimeMs,
      };
      await file.appendFile(`${JSON.stringify(entry)}\n`);
    },
    close: () => file.close(),
  };
}

export interface Undone {
  readonly run: string;
  /** Files that were taken away, and moved ones that are back in their place. */
  readonly undone: number;
  /** Files that stay, those of later runs too, each with the reason. */
  readonly left: readonly Left[];
  /** Other runs that are in the log yet. */
  readonly runsLeft: number;
}

interface Left {
  readonly file: string;
  readonly reason: string;
}

/**
 * Takes back the last run of a log of which anything can be taken back, newest first. What changed since, or has no original
 * any more, stays, and stays in the log; the log goes with its last entry.
 *
 * @param path a log, or the folder that one is in
 * @throws NearlabelError `INPUT_EMPTY` where there is no log, `DATASET_INVALID` for a damaged one, `WRITE_FAILED`
 */
export async function undoLastSort(path: string): Promise<Undone> {
  const log = await logAt(path);
  const entries = await entriesOf(log);
  const runs = [...new Set(entries.map((entry) => entry.run))].reverse();
  const left: Left[] = [];
  const undone = new Set<Entry>();
  let run = runs[0]!;
  // A run that nothing can be taken back of must not bar the way to those before it.
  for (const earlier of runs) {
    for (const entry of entries.filter((entry) => entry.run === earlier).reverse()) {
      const reason = await undo(entry).catch(reasonOf);
      if (reason === undefined) undone.add(entry);
      else left.push({ file: entry.to, reason });
    }
    if (undone.size === 0) continue;
    run = earlier;
    break;
  }
  const kept = entries.filter((entry) => !undone.has(entry));
  await keep(log, kept);
  await removeEmptyFolders([...undone]);
  const others = new Set(kept.map((entry) => entry.run));
  others.delete(run);
  return { run, undone: undone.size, left, runsLeft: others.size };
}

/** @throws NearlabelError `INPUT_EMPTY` for a folder without one */
async function logAt(path: string): Promise<string> {
  const there = (file: string) => stat(file).catch(() => undefined);
  if (!(await there(path))?.isDirectory()) return path;
  const log = undoFileIn(path);
  if (await there(log)) return log;
  throw new NearlabelError(
    "INPUT_EMPTY",
    `${path}: nothing to undo; there is no ${basename(log)} in it, which only --move writes. Copies and links are undone only with the file of --undo-file: give that.`,
  );
}

/** The folders of labels, then the one that they are in; those that hold anything stay. */
async function removeEmptyFolders(entries: readonly Entry[]): Promise<void> {
  const folders = new Set(entries.map(({ to }) => dirname(to)));
  const above = new Set([...folders].map((folder) => dirname(folder)));
  for (const folder of [...folders, ...above]) await rmdir(folder).catch(() => {});
}

/** Returns why the file stays, if it does. */
async function undo({ by, from, to, link, bytes, modified }: Entry): Promise<string | undefined> {
  const now = await stat(to).catch(() => undefined);
  if (!now) return "it is not there any more";
  if (now.size !== bytes || now.mtimeMs !== modified) return "it changed since";
  if (by === "move") return moveBack(to, from!, link);
  const original = from === undefined ? undefined : await stat(from).catch(() => undefined);
  if (from !== undefined && !original) return `${from} is not there any more`;
  await unlink(to);
  return undefined;
}

async function moveBack(file: string, from: string, link?: string): Promise<string | undefined> {
  try {
    if (link === undefined || !(await linkAgain(link, from))) await move(file, file, from);
    else await unlink(file);
    return undefined;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "EEXIST") return `another file is at ${from}`;
    if (code === "ENOENT") return `the folder of ${from} is not there any more`;
    throw error;
  }
}

/** False where what the symbolic link led to is gone: then the picture itself has to take its place. */
async function linkAgain(link: string, from: string): Promise<boolean> {
  await symlink(link, from);
  const there = await stat(from).catch(() => undefined);
  if (!there) await unlink(from);
  return there !== undefined;
}

async function entriesOf(path: string): Promise<Entry[]> {
  const text = await readText(path, "INPUT_EMPTY");
  if (text === "") throw new NearlabelError("INPUT_EMPTY", `${path}: nothing to undo; the file is empty.`);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line, at) => entryOf(line, `${path}, line ${at + 1}`));
}

function entryOf(line: string, where: string): Entry {
  const value = tryParseJson(line);
  if (isEntry(value)) return value;
  throw new NearlabelError(
    "DATASET_INVALID",
    `${where}: expected what nearlabel classify --sort-into wrote, got other text.`,
  );
}

function isEntry(value: unknown): value is Entry {
  if (!isObject(value)) return false;
  const { run, by, from, to, link, bytes, modified } = value;
  return (
    [run, by, to].every((text) => typeof text === "string") &&
    (link === undefined || typeof link === "string") &&
    (by === "write" ? from === undefined : typeof from === "string") &&
    typeof bytes === "number" &&
    typeof modified === "number"
  );
}

async function keep(path: string, entries: readonly Entry[]): Promise<void> {
  const remedy = { otherwise: "move the undo file to a folder that may be written to" };
  if (entries.length === 0) return writing(path, () => unlink(path), remedy);
  await writeWholeFile(path, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""), remedy);
}
