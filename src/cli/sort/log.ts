import type { Stats } from "node:fs";
import { type FileHandle, open, rename, rmdir, stat, symlink, unlink, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { NearlabelError, systemErrorCode } from "../../errors.js";
import { makeFolder } from "../../files/folders.js";
import { isObject, tryParseJson } from "../../files/json.js";
import { readText } from "../../files/text.js";
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
  /** Files that stay, each with the reason. */
  readonly left: readonly { readonly file: string; readonly reason: string }[];
  /** Runs before it that can still be undone. */
  readonly runsLeft: number;
}

/**
 * Takes back the last run of a log, newest first. What changed since, or has no original any more, stays. What was taken back
 * is not in the log any more; it goes with its last run.
 *
 * @throws NearlabelError `INPUT_EMPTY` where there is no log, `DATASET_INVALID` for a damaged one
 */
export async function undoLastSort(path: string): Promise<Undone> {
  const entries = await entriesOf(path);
  const run = entries.at(-1)!.run;
  const left: { file: string; reason: string }[] = [];
  const last = entries.filter((entry) => entry.run === run);
  for (const entry of last.toReversed()) {
    const reason = await undo(entry);
    if (reason !== undefined) left.push({ file: entry.to, reason });
  }
  const before = entries.filter((entry) => entry.run !== run);
  await keep(path, before);
  await removeEmptyFolders(last);
  return {
    run,
    undone: last.length - left.length,
    left,
    runsLeft: new Set(before.map((entry) => entry.run)).size,
  };
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

/** By a second file, so that a log is whole whatever happens. */
async function keep(path: string, entries: readonly Entry[]): Promise<void> {
  if (entries.length === 0) return unlink(path);
  await writeFile(`${path}.tmp`, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
  await rename(`${path}.tmp`, path);
}
