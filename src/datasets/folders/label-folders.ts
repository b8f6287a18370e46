import { basename, resolve } from "node:path";
import { NearlabelError, reasonOf } from "../../errors.js";
import { type FilePath, filePathOf, joinPath, pathText } from "../../files/file-path.js";
import { entriesOf, type FoundFile, holdsFile, realFolder, walk } from "../../files/folders.js";
import { isObject } from "../../files/json.js";
import type { Dataset, JsonValue } from "../../rows/dataset.js";
import { datasetOfParts, type ListedPart } from "../../rows/parts.js";
import { fileRow } from "../../rows/picture-row.js";
import { chooseSplit, isSplitName } from "../splits.js";
import { fileRows } from "./file-rows.js";
import { isPicture, PICTURE_EXTENSIONS } from "./picture-files.js";

/**
 * A folder whose folders are classes: `dog/1.jpg` and `dog/puppies/2.png` have the label `dog`, a picture beside
 * the class folders has none. Where every folder is named as a split (`train`, `test`), the classes are in those.
 * An id is the path of the picture as `root/...`. Labels are in composed Unicode (NFC), as people type them, whatever the
 * file system keeps.
 *
 * Throws `DATASET_INVALID` for a folder without pictures or that cannot be read, and for a split that is not there.
 */
export async function openFolder(root: string, split?: string): Promise<Dataset> {
  const entries = await entriesOf(root, () => false).catch((cause) => {
    throw unreadable(root, cause);
  });
  const folders = entries.filter(({ kind }) => kind === "folder");
  const name = basename(resolve(root));
  const isSplit = folders.length > 0 && folders.every((folder) => isSplitName(folder.name));
  if (!isSplit && split === undefined) return await classFolders(root, name);
  const splits = isSplit ? folders.map((folder) => folder.name) : [];
  const chosen = chooseSplit(splits, split, root);
  return await classFolders(folders.find((folder) => folder.name === chosen)!.path, `${name}/${chosen}`);
}

/** Folders that are looked into to see whether they may be classes. */
const LOOKED_INTO = 20;

/** Whether the folders of `root` may be classes: there are several and no picture beside them, and in each pictures and no folder. */
export async function mayBeClasses(root: string): Promise<boolean> {
  const entries = await entriesOf(root, isPicture);
  if (entries.length < 2 || entries.some(({ kind }) => kind !== "folder")) return false;
  for (const { file } of entries.slice(0, LOOKED_INTO)) {
    const inside = await entriesOf(file, isPicture);
    if (inside.length === 0 || inside.some(({ kind }) => kind === "folder")) return false;
  }
  return true;
}

async function classFolders(root: string, name: string): Promise<Dataset> {
  const labels: string[] = [];
  const entries = await entriesOf(root, isPicture);
  for (const { kind, file, name } of entries) {
    if (kind === "folder" && (await holdsFile(file, isPicture))) labels.push(labelOfFolder(name));
  }
  if (labels.length === 0 && entries.every(({ kind }) => kind === "folder")) throw noPictures(root);
  return datasetOfParts<PictureKey>(
    { name, ...(labels.length > 0 && { labels: [...new Set(labels)] }) },
    {
      ...fileRows(
        () => pictures(root),
        ({ file, label }, labelsOnly) => {
          const path = joinPath(root, typeof file === "string" ? file : Buffer.from(file.base64, "base64"));
          return fileRow(pathText(path), path, label, { labelsOnly });
        },
      ),
      parse: parsedKey,
    },
  );
}

/** macOS takes the accents off letters in names: `é` is stored in two characters. */
function labelOfFolder(name: string): string {
  return name.normalize("NFC");
}

/** A picture: its path in the folder of the classes, with `/`, and its label. */
type PictureKey = {
  readonly file: string | { readonly base64: string };
  readonly label?: string;
};

async function* pictures(root: string): AsyncGenerator<ListedPart<PictureKey>> {
  const above = await realFolder(root);
  for (const { name, path, file, kind } of await entriesOf(root, isPicture)) {
    if (kind !== "folder") yield listed(root, { path, file });
    else {
      // Each class enters folders on its own, so that two classes may link to the same one; none enters the root.
      for await (const picture of walk(file, isPicture, new Set([above]))) {
        yield listed(root, picture, labelOfFolder(name));
      }
    }
  }
}

function listed(root: string, { file }: FoundFile, label?: string): ListedPart<PictureKey> {
  const start = joinPath(root, "").length;
  const bytes = typeof file === "string" ? undefined : file.subarray(Buffer.byteLength(joinPath(root, "")));
  const key = bytes ? { base64: bytes.toString("base64") } : (file as string).slice(start);
  return { key: { file: key, ...(label !== undefined && { label }) }, size: 1 };
}

function parsedKey(value: JsonValue): ListedPart<PictureKey> | undefined {
  if (!isObject(value)) return undefined;
  const { file, label } = value;
  const isBytes = isObject(file) && typeof file.base64 === "string";
  if (!(typeof file === "string" || isBytes) || !(label === undefined || typeof label === "string"))
    return undefined;
  const path: FilePath =
    typeof file === "string" ? file : filePathOf(Buffer.from(file.base64 as string, "base64"));
  // A key names nothing outside of the data set.
  if (pathText(path).split(/[\\/]/).includes("..")) return undefined;
  return { key: value as PictureKey, size: 1 };
}

function noPictures(root: string): NearlabelError {
  return new NearlabelError(
    "DATASET_INVALID",
    `No data in the folder "${root}". Expected Parquet files (.parquet), or a folder for each class with pictures in it (.${PICTURE_EXTENSIONS.join(", .")}).`,
  );
}

function unreadable(root: string, cause: unknown): NearlabelError {
  return new NearlabelError("DATASET_INVALID", `The folder "${root}" cannot be read: ${reasonOf(cause)}.`, {
    cause,
  });
}
