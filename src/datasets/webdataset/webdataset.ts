import { readFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { NearlabelError } from "../../errors.js";
import { naturalOrder } from "../../files/natural-order.js";
import type { Dataset, DatasetOptions, ImageRow } from "../../rows/dataset.js";
import { inRange } from "../../rows/range.js";
import { findClassNames } from "../columns/class-names.js";
import { filesIn, foldersIn } from "../folders/picture-files.js";
import { chooseSplit, isSplitName, splitOf } from "../splits.js";
import { labelOfSample, pictureOf, readSamples } from "./sample.js";

/** Whether a file of this name is a shard. */
export function isTar(name: string): boolean {
  return /\.tar$/i.test(name);
}

/** Whether `folder`, or a folder in it that is named as a split, holds a `.tar` file. */
export async function isTarFolder(folder: string): Promise<boolean> {
  return (await shardsIn(folder)).length > 0;
}

/**
 * A webdataset: a tar file or a folder of them, where files of one name with different extensions make a sample, as
 * `0001.jpg` and `0001.cls` do. The split is in the names of the shards or of the folder that they are in. Class names
 * come from a `classnames.txt` in the folder of the shards or, above a split folder, in that of the data set. An id is
 * the path of the shard in the data set, and the name of the sample: `test/0.tar/s0000001`.
 *
 * Throws `DATASET_INVALID` for a split that is not there, and where `nshards.txt` counts more shards than there are.
 */
export async function openWebdataset(
  path: string,
  isFolder: boolean,
  options: DatasetOptions,
): Promise<Dataset> {
  if (!isFolder)
    return await openShards(dirname(path), [path], basename(path).replace(/\.tar$/i, ""), options);
  const shards = (await shardsIn(path)).map((shard) => ({ shard, split: splitOf(inside(path, shard)) }));
  const split = chooseSplit([...new Set(shards.map((one) => one.split))], options.split, path);
  const chosen = shards.filter((one) => one.split === split).map(({ shard }) => shard);
  for (const folder of new Set(chosen.map(dirname))) await checkCount(folder, chosen);
  return await openShards(path, chosen, `${basename(resolve(path))}/${split}`, options);
}

/** Shards that a pattern with braces or wildcards names: `shard-{000000..000009}.tar`, `test/*.tar`. */
export async function openTarPattern(pattern: string, options: DatasetOptions): Promise<Dataset> {
  if (options.split !== undefined) chooseSplit([], options.split, pattern);
  const { glob } = await import("tinyglobby");
  const patterns = expandRanges(sep === "\\" ? pattern.replaceAll("\\", "/") : pattern);
  const shards = await glob(patterns, { absolute: true, expandDirectories: false });
  if (shards.length === 0) {
    throw new NearlabelError("DATASET_NOT_FOUND", `No file matches "${pattern}". Check the path.`);
  }
  const folder = dirname(shards.sort(naturalOrder)[0]!);
  return await openShards(folder, shards, basename(folder), options);
}

/** Whether `path` is a pattern of tar files. */
export function isTarPattern(path: string): boolean {
  return isTar(path) && /[*?{[]/.test(path);
}

/** `{000..002}` as `{000,001,002}`; a glob knows no leading zeros. */
function expandRanges(pattern: string): string {
  return pattern.replace(/\{(\d+)\.\.(\d+)\}/g, (_, first: string, last: string) => {
    const count = Math.max(0, Number(last) - Number(first) + 1);
    const numbers = Array.from({ length: count }, (_, at) => String(Number(first) + at));
    const names = numbers.map((number) => number.padStart(first.length, "0"));
    return names.length === 1 ? names[0]! : `{${names.join(",")}}`;
  });
}

async function openShards(
  root: string,
  shards: readonly string[],
  name: string,
  options: DatasetOptions,
): Promise<Dataset> {
  const folder = dirname(shards[0]!);
  const above = isSplitName(basename(resolve(folder))) ? [join(folder, "..")] : [];
  const classNames = options.classNames ?? (await findClassNames([folder, ...above]));
  return {
    name,
    ...(classNames && { labels: classNames }),
    rows: (range) => inRange(rowsOf(root, shards, classNames, options), range),
  };
}

async function* rowsOf(
  root: string,
  shards: readonly string[],
  classNames: readonly string[] | undefined,
  options: DatasetOptions,
): AsyncGenerator<ImageRow> {
  for (const shard of shards) {
    const name = inside(root, shard);
    for await (const sample of readSamples(shard, options)) {
      const label = labelOfSample(sample, options.labelColumn, classNames);
      const image = pictureOf(sample, options.imageColumn);
      yield { id: `${name}/${sample.key}`, image, ...(label !== undefined && { label }) };
    }
  }
}

async function shardsIn(folder: string): Promise<string[]> {
  const shards = await filesIn(folder, isTar);
  for (const { path } of await foldersIn(folder, isSplitName)) shards.push(...(await filesIn(path, isTar)));
  return shards;
}

/** CLIP_benchmark writes the number of shards beside them; one that was not downloaded would go unnoticed. */
async function checkCount(folder: string, shards: readonly string[]): Promise<void> {
  const text = await readFile(join(folder, "nshards.txt"), "utf8").catch(() => undefined);
  const there = shards.filter((shard) => dirname(shard) === folder).length;
  if (text === undefined || Number(text) === there) return;
  throw new NearlabelError(
    "DATASET_INVALID",
    `"${folder}" has ${there} tar files. Expected ${text.trim()}, as its nshards.txt says. Download those that are missing.`,
  );
}

/** The path of `shard` in `root`, with `/`. */
function inside(root: string, shard: string): string {
  return relative(resolve(root), resolve(shard)).split(sep).join("/");
}
