import { basename, resolve } from "node:path";
import { NearlabelError } from "../../errors.js";
import { filesIn, foldersIn } from "../../files/folders.js";
import type { Dataset, DatasetOptions } from "../../rows/dataset.js";
import { chooseSplit, isSplitName } from "../splits.js";
import { describeManifest, manifestDataset } from "./manifest.js";

/** The manifest of a folder, as the ImageFolder layout of the Hugging Face hub names it. */
function isMetadata(name: string): boolean {
  return name === "metadata.csv" || name === "metadata.jsonl";
}

/** Whether `root`, or a folder in it that is named as a split, holds a `metadata.csv` or `metadata.jsonl`. */
export async function isImageFolder(root: string): Promise<boolean> {
  const { own, splits } = await layoutOf(root);
  return own !== undefined || splits.some(({ metadata }) => metadata !== undefined);
}

/**
 * A folder of pictures with `metadata.csv` or `metadata.jsonl`, as the Hugging Face hub's ImageFolder has it: a
 * column `file_name`, relative to the metadata file, and a label. The file lies in each split folder, or once above
 * them, where the paths in it begin with the split. Pictures that it does not name are no rows.
 *
 * Throws `DATASET_INVALID` for a column or split that is not there, and where one folder has both files.
 */
export async function openImageFolder(root: string, options: DatasetOptions): Promise<Dataset> {
  const { own, splits } = await layoutOf(root);
  const name = basename(resolve(root));
  if (splits.length === 0 && options.split === undefined) {
    return manifestDataset(await describeManifest(own!, options), name);
  }
  const there = own === undefined ? splits.filter(({ metadata }) => metadata !== undefined) : splits;
  const splitNames = there.map((split) => split.name);
  const chosen = chooseSplit(splitNames, options.split, root);
  const metadata = there.find((split) => split.name === chosen)?.metadata;
  const named = `${name}/${chosen}`;
  const manifest = await describeManifest(metadata ?? own!, options);
  return manifestDataset(manifest, named, metadata === undefined ? `${chosen}/` : "");
}

interface Layout {
  readonly own: string | undefined;
  readonly splits: readonly { readonly name: string; readonly metadata: string | undefined }[];
}

async function layoutOf(root: string): Promise<Layout> {
  const own = metadataOf(await filesIn(root, isMetadata));
  const splits: Layout["splits"][number][] = [];
  for (const { name, path } of await foldersIn(root, isSplitName)) {
    splits.push({ name, metadata: metadataOf(await filesIn(path, isMetadata)) });
  }
  return { own, splits };
}

function metadataOf(paths: readonly string[]): string | undefined {
  if (paths.length < 2) return paths[0];
  throw new NearlabelError(
    "DATASET_INVALID",
    `Expected one metadata file in a folder, got ${paths.join(" and ")}. Remove one, or open one of them as a data set.`,
  );
}
