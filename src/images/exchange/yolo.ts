import { constants, copyFile, link, stat } from "node:fs/promises";
import { extname, isAbsolute, join } from "node:path";
import { NearlabelError, systemErrorCode } from "../../errors.js";
import { writing } from "../../files/disk.js";
import { makeFolder } from "../../files/folders.js";
import type { ImageTable } from "../table/image-table.js";
import { type ExportSettings, exportedRows, nameOf } from "./exported-rows.js";

/** How pictures get into their folders. */
export type Placing = "copy" | "link";

export interface YoloSettings extends ExportSettings {
  readonly by: Placing;
  /** A column that says which split a picture is in. Default: all are in `train`. */
  readonly split?: string | undefined;
}

const REMEDY = { otherwise: "choose another folder" } as const;

/**
 * Folders as Ultralytics' YOLO trains classification on: `train/dog/photo.jpg`. Pictures are copied or linked, never moved, and nothing is
 * overwritten: a second file of a name becomes `photo (2).jpg`. Pictures without a label are left out.
 *
 * @returns paths of pictures that could not be placed: what is no file of this machine, or is gone
 */
export async function exportYolo(
  table: ImageTable,
  folder: string,
  { by, split, ...settings }: YoloSettings,
): Promise<string[]> {
  const missing: string[] = [];
  for await (const row of exportedRows(table, settings)) {
    const [label] = row.labels;
    if (label === undefined) continue;
    const { path, columns } = row.image;
    if (!isAbsolute(path) || !(await isThere(path))) {
      missing.push(path);
      continue;
    }
    const part = split === undefined ? "train" : String(columns[split] ?? "train");
    const target = join(folder, safeName(part), safeName(label));
    await writing(target, () => makeFolder(target), REMEDY);
    await writing(target, () => place(path, target, nameOf(row), by), REMEDY);
  }
  return missing;
}

async function place(path: string, folder: string, name: string, by: Placing): Promise<void> {
  const ending = extname(name);
  const stem = name.slice(0, name.length - ending.length);
  for (let number = 1; ; number++) {
    const target = join(folder, number === 1 ? name : `${stem} (${number})${ending}`);
    try {
      if (by === "link") await link(path, target);
      else await copyFile(path, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      return;
    } catch (error) {
      if (systemErrorCode(error) !== "EEXIST") throw error;
      if (await isSameFile(path, target)) return;
    }
  }
}

/** Of a run before: linked, or copied and as long. */
async function isSameFile(path: string, target: string): Promise<boolean> {
  const [one, other] = await Promise.all([stat(path), stat(target)]);
  return (one.ino === other.ino && one.dev === other.dev) || one.size === other.size;
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

/** A label as the name of one folder. @throws NearlabelError `OPTION_INVALID` for one that would lead elsewhere */
function safeName(label: string): string {
  const name = label.replaceAll(/[/\\:*?"<>|\p{Cc}]/gu, "_").replace(/[. ]+$/, "");
  if (name !== "" && name !== "." && name !== "..") return name;
  throw new NearlabelError("OPTION_INVALID", `${JSON.stringify(label)} cannot be the name of a folder.`);
}
