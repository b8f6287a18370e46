import { constants, copyFile, link, lstat, stat } from "node:fs/promises";
import { extname, isAbsolute, join } from "node:path";
import { NearlabelError } from "../../errors.js";
import { writing } from "../../files/disk.js";
import { makeFolder } from "../../files/folders.js";
import { writeWhole, writeWholeFile } from "../../files/whole-file.js";
import { pictureFile } from "../../image/draw/picture-file.js";
import type { ImageSource } from "../../image/source.js";
import type { ImageTable } from "../table/image-table.js";
import type { StoredImage } from "../table/stored-image.js";
import { type TablePictures, tablePictures } from "../table/table-pictures.js";
import { type ExportSettings, exportedRows, nameOf } from "./exported-rows.js";

/** How pictures get into their folders. */
export type Placing = "copy" | "link";

export interface YoloSettings extends ExportSettings {
  readonly by: Placing;
  /** A column that says which split a picture is in. Default: all are in `train`. */
  readonly split?: string | undefined;
}

/** Pictures that are not in the folders. */
export interface LeftOut {
  /** Paths of those that are gone, or have changed. */
  readonly missing: readonly string[];
  /** How many have no label. */
  readonly unlabelled: number;
}

const REMEDY = { otherwise: "choose another folder" } as const;
/** They are many, and can be made again. */
const UNSYNCED = { synced: false } as const;

/**
 * Folders as Ultralytics' YOLO trains classification on: `train/dog/photo.jpg`. Pictures are copied or linked, never moved, and nothing is
 * overwritten: a second file of a name becomes `photo (2).jpg`. Rows of data sets are written as files. A picture is there as a whole or
 * not at all.
 */
export async function exportYolo(
  table: ImageTable,
  folder: string,
  { by, split, ...settings }: YoloSettings,
): Promise<LeftOut> {
  const missing: string[] = [];
  let unlabelled = 0;
  const [parts, names] = [new Set<string>(), new Set<string>()];
  const pictures = tablePictures(table);
  let elsewhere: Placed[] = [];
  const writeElsewhere = async () => {
    missing.push(...(await writeRead(elsewhere, pictures)));
    elsewhere = [];
  };
  for await (const row of exportedRows(table, settings)) {
    const [label] = row.labels;
    if (label === undefined) {
      unlabelled++;
      continue;
    }
    const { path, columns } = row.image;
    const part = safeName(split === undefined ? "train" : String(columns[split] ?? "train"));
    const name = safeName(label);
    parts.add(part);
    names.add(name);
    const target = join(folder, part, name);
    await writing(target, () => makeFolder(target), REMEDY);
    if (isAbsolute(path) && (await isThere(path))) {
      await writing(target, () => place(path, target, nameOf(row), by), REMEDY);
    } else elsewhere.push({ ...row.image, target });
    if (elsewhere.length >= READ_AT_ONCE) await writeElsewhere();
  }
  await writeElsewhere();
  await makeClasses(folder, parts, names);
  return { missing, unlabelled };
}

/** Pictures that are no files of their own, and are read together. */
const READ_AT_ONCE = 64;

/** A picture and the folder that it belongs in. */
type Placed = StoredImage & { readonly target: string };

/** Writes what is no file here, and returns the paths of what is not there. */
async function writeRead(placed: readonly Placed[], pictures: TablePictures): Promise<string[]> {
  const missing: string[] = [];
  const byPath = new Map(placed.map((each) => [each.path, each]));
  for await (const { path, image } of pictures.read(placed)) {
    if (image) await write(image, byPath.get(path)!);
    else missing.push(path);
  }
  return missing;
}

/** `set#test/3` becomes `test-3-` and the beginning of its id: what has that name already is the same picture. */
async function write(image: ImageSource, { path, id, target }: Placed): Promise<void> {
  const { bytes, ending } = await pictureFile(image);
  const name = path.slice(path.lastIndexOf("#") + 1).replaceAll(/[^\p{L}\p{N}_-]+/gu, "-");
  const file = join(target, `${name}-${id.slice(0, 8)}${ending}`);
  await writeWholeFile(file, bytes, REMEDY, UNSYNCED);
}

/** Programs number classes by the folders of each split alone, so each split has all of them. */
async function makeClasses(
  folder: string,
  parts: ReadonlySet<string>,
  names: ReadonlySet<string>,
): Promise<void> {
  for (const part of parts) {
    for (const name of names) await writing(folder, () => makeFolder(join(folder, part, name)), REMEDY);
  }
}

async function place(path: string, folder: string, name: string, by: Placing): Promise<void> {
  const ending = extname(name);
  const stem = name.slice(0, name.length - ending.length);
  for (let number = 1; ; number++) {
    const target = join(folder, number === 1 ? name : `${stem} (${number})${ending}`);
    if (!(await isTaken(target))) {
      if (by === "link") return link(path, target);
      return writeWhole(target, (file) => copyFile(path, file, constants.COPYFILE_FICLONE), REMEDY, UNSYNCED);
    }
    if (await isSameFile(path, target)) return;
  }
}

/** Also by a link that leads nowhere. */
async function isTaken(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** Of a run before: linked, or copied and as long. */
async function isSameFile(path: string, target: string): Promise<boolean> {
  const [one, other] = await Promise.all([stat(path), stat(target).catch(() => undefined)]);
  if (!other) return false;
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
