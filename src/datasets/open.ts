import type { Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { NearlabelError, systemErrorCode } from "../errors.js";
import type { Dataset, DatasetOptions } from "./dataset.js";
import { walk } from "./files.js";
import { openFolder } from "./folder.js";

/**
 * The data set at `path`: a Parquet file, a folder with Parquet files in it, as the Hugging Face hub lays data sets
 * out, or a folder with a folder of pictures for each class. Only names, footers and a data set card are read.
 *
 * Throws `DATASET_NOT_FOUND` where nothing is at `path`, `DATASET_INVALID` where it is something else or has no
 * such split, configuration or column, and `OPTION_INVALID` for a column or configuration of pictures in folders.
 */
export async function openDataset(path: string, options: DatasetOptions = {}): Promise<Dataset> {
  const isFolder = (await statOf(path)).isDirectory();
  if (!isFolder && !isParquet(path)) {
    throw new NearlabelError(
      "DATASET_INVALID",
      `"${path}" is not a data set. Expected a Parquet file (.parquet), a folder of such files, or a folder of class folders with pictures.`,
    );
  }
  const files = isFolder ? await parquetFiles(path) : [path];
  if (files.length > 0) {
    const { openParquet } = await import("./parquet.js");
    if (isFolder) return await openParquet(path, files, options);
    const dataset = await openParquet(dirname(path), files, options);
    return { ...dataset, name: basename(path).replace(/\.parquet$/i, "") };
  }
  for (const option of ["imageColumn", "labelColumn", "config"] as const) {
    if (options[option] === undefined) continue;
    throw new NearlabelError(
      "OPTION_INVALID",
      `Option "${option}" does not apply to "${path}", a folder without Parquet files. Leave it out: the labels are the names of the folders.`,
    );
  }
  return await openFolder(path, options.split);
}

async function parquetFiles(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const path of walk(folder, isParquet)) {
    if (isParquet(path)) files.push(path);
  }
  return files;
}

function isParquet(name: string): boolean {
  return /\.parquet$/i.test(name);
}

async function statOf(path: string): Promise<Stats> {
  try {
    return await stat(path);
  } catch (cause) {
    throw new NearlabelError(
      "DATASET_NOT_FOUND",
      `No data set at "${path}" (${systemErrorCode(cause) ?? String(cause)}). Expected a Parquet file, a folder of such files, or a folder of class folders with pictures. Check the path.`,
      { cause },
    );
  }
}
