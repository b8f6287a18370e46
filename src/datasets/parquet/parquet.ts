import { basename, dirname, relative, resolve, sep } from "node:path";
import { NearlabelError } from "../../errors.js";
import { isObject } from "../../files/json.js";
import type { Dataset, DatasetOptions, ImageRow, JsonValue, RowsOptions } from "../../rows/dataset.js";
import { datasetOfParts, type ListedPart } from "../../rows/parts.js";
import { rowOf } from "../../rows/picture-row.js";
import { chooseColumns, type ImageColumns } from "../columns/columns.js";
import type { Features } from "../columns/declared-types.js";
import { labelOf, rowOfValue } from "../columns/values.js";
import { chooseSplit, isSplitName, splitOf } from "../splits.js";
import { readCard } from "./card.js";
import { describeParquet, type ParquetFile, readParquet } from "./parquet-file.js";

export interface ParquetOptions extends DatasetOptions {
  /** The folder that paths of pictures may not lead out of, for files of strangers. Default: anywhere. */
  readonly within?: string | undefined;
}

/**
 * The data set of the Parquet files `paths` below the folder `root`, laid out as the Hugging Face hub does:
 * `<config>/<split>-00000-of-00001.parquet`, `data/<split>-*.parquet`, `<config>/<split>/0000.parquet`, or files
 * of any name. The files of the chosen configuration and split are read one after another, in the order of
 * `paths`; ids are row numbers from 0.
 *
 * Throws `DATASET_INVALID` for a file that is not Parquet, and for a configuration, split or column that is not
 * there.
 */
export async function openParquet(
  root: string,
  paths: readonly string[],
  options: ParquetOptions,
): Promise<Dataset> {
  const { config, split, splits, paths: chosen } = await chooseShards(root, paths, options);
  const files: ParquetFile[] = [];
  for (const path of chosen) files.push(await describeParquet(path));
  const columns = await columnsOf(files, root, config, options);
  const shards = placed(root, files);
  const read = (shard: Shard, range: RowsOptions) => rowsOfShard(shard, columns, options, range);
  const description = {
    name: `${basename(resolve(root))}/${split}`,
    format: "Parquet",
    splits,
    ...(columns.classNames && { labels: columns.classNames }),
    size: files.reduce((sum, { rows }) => sum + rows, 0),
  };
  return datasetOfParts<PartKey>(description, {
    list: () => shards.flatMap(partsOfShard),
    parse: (value) => parsedPart(value, shards),
    read({ file, start, end }, range) {
      const shard = shards.find(({ name }) => name === file)!;
      return read(shard, {
        ...range,
        start: start + (range.start ?? 0),
        end: Math.min(end, start + (range.end ?? end)),
      });
    },
    // File by file: a footer is read once for all of its row groups.
    rows: (range) => rowsOfShards(shards, read, range),
  });
}

/** A file among those of the data set. */
interface Shard {
  readonly file: ParquetFile;
  /** Its path in the data set, with `/`. */
  readonly name: string;
  /** The id of its first row. */
  readonly first: number;
}

/** A row group: the rows `[start, end)` of a file. */
type PartKey = { readonly file: string; readonly start: number; readonly end: number };

function placed(root: string, files: readonly ParquetFile[]): Shard[] {
  let first = 0;
  return files.map((file) => {
    const shard = { file, name: inside(root, file.path), first };
    first += file.rows;
    return shard;
  });
}

function partsOfShard({ file, name }: Shard): ListedPart<PartKey>[] {
  let start = 0;
  return file.rowGroups.map((size) => {
    const key = { file: name, start, end: start + size };
    start += size;
    return { key, size };
  });
}

function parsedPart(value: JsonValue, shards: readonly Shard[]): ListedPart<PartKey> | undefined {
  if (!isObject(value)) return undefined;
  const shard = shards.find(({ name }) => name === value.file);
  const groups = shard ? partsOfShard(shard) : [];
  return groups.find(({ key }) => key.start === value.start && key.end === value.end);
}

async function* rowsOfShards(
  shards: readonly Shard[],
  read: (shard: Shard, range: RowsOptions) => AsyncIterable<ImageRow>,
  { start = 0, end = Number.POSITIVE_INFINITY, labelsOnly }: RowsOptions,
): AsyncGenerator<ImageRow> {
  for (const shard of shards) {
    const range = { start: start - shard.first, end: end - shard.first, labelsOnly };
    if (range.start < shard.file.rows && range.end > 0) yield* read(shard, range);
  }
}

async function* rowsOfShard(
  { file, first }: Shard,
  { image, label, classNames }: ImageColumns,
  { within, otherColumns = false }: ParquetOptions,
  { start = 0, end = file.rows, labelsOnly = false }: RowsOptions,
): AsyncGenerator<ImageRow> {
  const others = otherColumns && !labelsOnly ? otherNames(file, image, label) : [];
  const names = [...others, ...(labelsOnly ? [] : [image]), ...(label === undefined ? [] : [label])];
  const folder = dirname(file.path);
  const { path, version } = file;
  let row = Math.max(start, 0);
  for await (const values of readParquet(path, names, row, Math.min(end, file.rows))) {
    const known = label === undefined ? undefined : labelOf(values.at(-1), classNames);
    const id = first + row;
    const where = () => `Row ${id - first} of "${path}"`;
    row++;
    if (labelsOnly) {
      yield rowOf(id, undefined, known, version);
      continue;
    }
    const place = { id, label: known, folder, within, version, where };
    const read = await rowOfValue(values[others.length], place);
    const fields = Object.fromEntries(others.map((name, at) => [name, values[at]]));
    yield otherColumns ? { ...read, fields } : read;
  }
}

function otherNames({ columns }: ParquetFile, image: string, label: string | undefined): string[] {
  return columns.map(({ name }) => name).filter((name) => name !== image && name !== label);
}

/** The columns of the first file, which every other must have too. */
async function columnsOf(
  files: readonly ParquetFile[],
  root: string,
  config: string,
  options: DatasetOptions,
): Promise<ImageColumns> {
  const [first, ...others] = files as [ParquetFile, ...ParquetFile[]];
  const features = first.features ?? (await cardFeatures(root, config));
  const columns = chooseColumns(first, features, options);
  const asked = { imageColumn: columns.image, labelColumn: columns.label };
  for (const file of others) chooseColumns(file, features, asked);
  return columns;
}

/** What the card says; `root` may itself be the folder of one configuration. */
async function cardFeatures(root: string, config: string): Promise<Features | undefined> {
  const card = await readCard(root);
  return card.features(config) ?? card.features(basename(resolve(root)));
}

/** The files of one split of one configuration. */
export interface ShardChoice {
  readonly config: string;
  readonly split: string;
  /** All splits of the configuration. */
  readonly splits: readonly string[];
  readonly paths: readonly string[];
}

/**
 * The files of the configuration and split that `options` ask for, of all that are in the data set at `root`. Their
 * names and the data set card decide; the files need not be there. `name` is what messages call the data set.
 *
 * Throws `DATASET_INVALID` for a configuration or split that is not there.
 */
export async function chooseShards(
  root: string,
  paths: readonly string[],
  options: DatasetOptions,
  name = root,
): Promise<ShardChoice> {
  const shards = paths.map((path) => shardOf(root, path));
  const config = await chooseConfig(shards, options.config, root, name);
  const ofConfig = shards.filter((shard) => shard.config === config);
  const splits = unique(ofConfig.map((shard) => shard.split));
  const split = chooseSplit(splits, options.split, name);
  const chosen = ofConfig.filter((shard) => shard.split === split);
  return { config, split, splits, paths: chosen.map(({ path }) => path) };
}

interface ShardPath {
  readonly path: string;
  readonly config: string;
  readonly split: string;
}

/** The configuration is the first folder, unless it is `data` or a split; `default` without one. */
function shardOf(root: string, path: string): ShardPath {
  const name = inside(root, path);
  const [folder = "data"] = name.split("/").slice(0, -1);
  const config = folder === "data" || isSplitName(folder) ? "default" : folder;
  return { path, config, split: splitOf(name) };
}

/** The path of a file in the folder `root`, with `/`. */
function inside(root: string, path: string): string {
  return relative(resolve(root), resolve(path)).split(sep).join("/");
}

async function chooseConfig(
  shards: readonly ShardPath[],
  asked: string | undefined,
  root: string,
  name: string,
): Promise<string> {
  const configs = unique(shards.map(({ config }) => config));
  const chosen =
    asked ?? (configs.length === 1 ? configs[0] : ((await readCard(root)).defaultConfig ?? "default"));
  if (chosen !== undefined && configs.includes(chosen)) return chosen;
  throw new NearlabelError(
    "DATASET_INVALID",
    `Data set "${name}" has ${asked === undefined ? "several configurations" : `no configuration "${asked}"`}: it has ${configs.join(", ")}. Choose one with the option "config".`,
  );
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
