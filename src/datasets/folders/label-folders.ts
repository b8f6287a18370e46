import { realpath } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { NearlabelError, systemErrorCode } from "../../errors.js";
import { imageFile } from "../../image/image-file.js";
import type { Dataset, ImageRow } from "../../rows/dataset.js";
import { inRange } from "../../rows/range.js";
import { chooseSplit, isSplitName } from "../splits.js";
import { entriesOf, holdsFile, isPicture, PICTURE_EXTENSIONS, walk } from "./picture-files.js";

/**
 * A folder whose folders are classes: `dog/1.jpg` and `dog/puppies/2.png` have the label `dog`, a picture beside
 * the class folders has none. Where every folder is named as a split (`train`, `test`), the classes are in those.
 * An id is the path of the picture as `root/...`.
 *
 * Throws `DATASET_INVALID` for a folder without pictures or that cannot be read, and for a split that is not there.
 */
export async function openFolder(root: string, split?: string): Promise<Dataset> {
  const folders = await entriesOf(root, () => false).catch((cause) => {
    throw unreadable(root, cause);
  });
  const name = basename(resolve(root));
  const isSplit = folders.length > 0 && folders.every((folder) => isSplitName(folder.name));
  if (!isSplit && split === undefined) return await classFolders(root, name);
  const splits = isSplit ? folders.map((folder) => folder.name) : [];
  const chosen = chooseSplit(splits, split, root);
  return await classFolders(folders.find((folder) => folder.name === chosen)!.path, `${name}/${chosen}`);
}

async function classFolders(root: string, name: string): Promise<Dataset> {
  const labels: string[] = [];
  const entries = await entriesOf(root, isPicture);
  for (const entry of entries) {
    if (entry.isFolder && (await holdsFile(entry.path, isPicture))) labels.push(entry.name);
  }
  if (labels.length === 0 && entries.every(({ isFolder }) => isFolder)) throw noPictures(root);
  return {
    name,
    ...(labels.length > 0 && { labels }),
    rows: (range) => inRange(labelledPictures(root), range),
  };
}

async function* labelledPictures(root: string): AsyncGenerator<ImageRow> {
  const above = await realpath(root);
  for (const { name, path, isFolder } of await entriesOf(root, isPicture)) {
    if (!isFolder) yield { id: path, image: imageFile(path) };
    else {
      // Each class enters folders on its own, so that two classes may link to the same one; none enters the root.
      for await (const picture of walk(path, isPicture, new Set([above]))) {
        yield { id: picture, image: imageFile(picture), label: name };
      }
    }
  }
}

function noPictures(root: string): NearlabelError {
  return new NearlabelError(
    "DATASET_INVALID",
    `No data in the folder "${root}". Expected Parquet files (.parquet), or a folder for each class with pictures in it (.${PICTURE_EXTENSIONS.join(", .")}).`,
  );
}

function unreadable(root: string, cause: unknown): NearlabelError {
  const reason = systemErrorCode(cause) ?? String(cause);
  return new NearlabelError(
    "DATASET_INVALID",
    `Cannot read the folder "${root}" (${reason}). Check its permissions.`,
    {
      cause,
    },
  );
}
