import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { NearlabelError } from "../../errors.js";
import { filesIn, foldersIn, isFile } from "../../files/folders.js";
import { globFiles } from "../../files/glob.js";
import { isObject } from "../../files/json.js";
import type { SourceVersion } from "../../files/source-version.js";
import { readText } from "../../files/text.js";
import { openSource } from "../../objects/object-source.js";
import type { Dataset, DatasetOptions, ImageRow } from "../../rows/dataset.js";
import { datasetOfParts } from "../../rows/parts.js";
import { rowOf, rowWithoutPicture } from "../../rows/picture-row.js";
import { findClassNames } from "../columns/class-names.js";
import { chooseSplit, isSplitName, splitOf } from "../splits.js";
import { extensionsText, isRow, labelOfSample, pictureOf, readSamples, type Sample } from "./sample.js";
import { createShardIndex, type ShardIndex } from "./shard-index.js";

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
  const shards = (await globFiles(pattern, isTar)).map(({ path }) => resolve(path));
  if (shards.length === 0) {
    throw new NearlabelError("DATASET_NOT_FOUND", `No file matches "${pattern}". Check the path.`);
  }
  const folder = dirname(shards[0]!);
  return await openShards(folder, shards, basename(folder), options);
}

/** The shards at these addresses in an object store, all below the address `root`. */
export async function openTarAddresses(
  root: string,
  shards: readonly string[],
  name: string,
  options: DatasetOptions,
): Promise<Dataset> {
  return await openShards(root, shards, name, options);
}

/** Whether `path` is a pattern of tar files. */
export function isTarPattern(path: string): boolean {
  return isTar(path) && /[*?{[]/.test(path);
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
  const byName = new Map(shards.map((shard) => [inside(root, shard), shard]));
  const index = createShardIndex(options);
  const dataset = datasetOfParts<ShardKey>(
    { name, ...(classNames && { labels: classNames }) },
    {
      list: () => [...byName.keys()].map((file) => ({ key: { file } })),
      parse(value) {
        const file = isObject(value) && typeof value.file === "string" ? value.file : "";
        return byName.has(file) ? { key: { file } } : undefined;
      },
      read: ({ file }, { labelsOnly = false }) =>
        rowsOf(byName.get(file)!, file, classNames, options, labelsOnly),
    },
  );
  return { ...dataset, pick: (ids) => pickedRows(ids, byName, index, { ...options, classNames }) };
}

/** The rows with these ids, shard by shard. */
async function* pickedRows(
  ids: readonly (string | number)[],
  shards: ReadonlyMap<string, string>,
  index: ShardIndex,
  options: DatasetOptions,
): AsyncGenerator<ImageRow> {
  for (const [name, shard] of shards) {
    const keys = ids.flatMap((id) =>
      String(id).startsWith(`${name}/`) ? [String(id).slice(name.length + 1)] : [],
    );
    if (keys.length === 0) continue;
    await using source = await openSource(shard);
    for (const key of keys) {
      const sample = await index.sample(source, key);
      if (sample) yield rowOfSample(sample, name, options, source.version);
    }
  }
}

/** A shard, by its path in the data set. */
type ShardKey = { readonly file: string };

async function* rowsOf(
  shard: string,
  name: string,
  classNames: readonly string[] | undefined,
  options: DatasetOptions,
  labelsOnly: boolean,
): AsyncGenerator<ImageRow> {
  await using source = await openSource(shard);
  const { version } = source;
  let rows = 0;
  const others = new Set<string>();
  for await (const sample of readSamples(source, options, labelsOnly)) {
    if (!isRow(sample, options)) {
      for (const extension of sample.extensions) others.add(extension);
      continue;
    }
    rows++;
    yield rowOfSample(sample, name, { ...options, classNames }, version, labelsOnly);
  }
  if (rows === 0) yield rowWithoutPicture(name, undefined, nothingIn(shard, [...others]), version);
}

function rowOfSample(
  sample: Sample,
  shard: string,
  options: DatasetOptions,
  version: SourceVersion,
  labelsOnly = false,
): ImageRow {
  const id = `${shard}/${sample.key}`;
  const label = labelOfSample(sample, options.labelColumn, options.classNames);
  const picture = labelsOnly ? undefined : pictureOf(sample, options);
  if (typeof picture !== "string") return rowOf(id, picture, label, version);
  return rowWithoutPicture(id, label, `No picture in the sample ${id}: ${picture}.`, version);
}

function nothingIn(shard: string, extensions: readonly string[]): string {
  const got = extensions.length === 0 ? "it holds no files with extensions" : extensionsText(extensions);
  return `No picture in "${shard}": ${got}. Expected samples such as 0001.jpg and 0001.cls, or the option "imageColumn" with the extension of the pictures.`;
}

async function shardsIn(folder: string): Promise<string[]> {
  const shards = await filesIn(folder, isTar);
  for (const { path } of await foldersIn(folder, isSplitName)) {
    for (const shard of await filesIn(path, isTar)) shards.push(shard);
  }
  return shards;
}

/** CLIP_benchmark writes the number of shards beside them; one that was not downloaded would go unnoticed. */
async function checkCount(folder: string, shards: readonly string[]): Promise<void> {
  const path = join(folder, "nshards.txt");
  if (!(await isFile(path))) return;
  const text = await readText(path, "DATASET_INVALID");
  const there = shards.filter((shard) => dirname(shard) === folder).length;
  if (Number(text) === there) return;
  throw new NearlabelError(
    "DATASET_INVALID",
    `"${folder}" has ${there} tar files. Expected ${text.trim()}, as its nshards.txt says. Download those that are missing.`,
  );
}

/** The path of `shard` in `root`, with `/`. */
function inside(root: string, shard: string): string {
  return relative(resolve(root), resolve(shard)).split(sep).join("/");
}
