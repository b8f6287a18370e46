import { basename, dirname, relative, resolve, sep } from "node:path";
import { NearlabelError } from "../../errors.js";
import type { Dataset, DatasetOptions, ImageRow } from "../../rows/dataset.js";
import { chooseColumns, type ImageColumns, imageOf, labelOf } from "../columns/columns.js";
import type { Features } from "../columns/declared-types.js";
import { chooseSplit, isSplitName, splitOf } from "../splits.js";
import { readCard } from "./card.js";
import { describeParquet, type ParquetFile, readParquet } from "./parquet-file.js";

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
  options: DatasetOptions,
): Promise<Dataset> {
  const { config, split, splits, paths: chosen } = await chooseShards(root, paths, options);
  const files: ParquetFile[] = [];
  for (const path of chosen) files.push(await describeParquet(path));
  const columns = await columnsOf(files, root, config, options);
  return {
    name: `${basename(resolve(root))}/${split}`,
    format: "Parquet",
    splits,
    ...(columns.classNames && { labels: columns.classNames }),
    size: files.reduce((sum, { rows }) => sum + rows, 0),
    rows: ({ start = 0, end = Number.POSITIVE_INFINITY } = {}) => rowsOf(files, columns, start, end),
  };
}

async function* rowsOf(
  files: readonly ParquetFile[],
  columns: ImageColumns,
  start: number,
  end: number,
): AsyncGenerator<ImageRow> {
  const names = columns.label === undefined ? [columns.image] : [columns.image, columns.label];
  let first = 0;
  for (const { path, rows } of files) {
    const from = Math.max(start - first, 0);
    const to = Math.min(end - first, rows);
    let id = first + from;
    if (from < to) {
      for await (const [image, value] of readParquet(path, names, from, to)) {
        const label = labelOf(value, columns.classNames);
        yield { id: id++, image: imageOf(image, dirname(path)), ...(label !== undefined && { label }) };
      }
    }
    first += rows;
  }
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

interface Shard {
  readonly path: string;
  readonly config: string;
  readonly split: string;
}

/** The configuration is the first folder, unless it is `data` or a split; `default` without one. */
function shardOf(root: string, path: string): Shard {
  const inside = relative(resolve(root), resolve(path)).split(sep).join("/");
  const [folder = "data"] = inside.split("/").slice(0, -1);
  const config = folder === "data" || isSplitName(folder) ? "default" : folder;
  return { path, config, split: splitOf(inside) };
}

async function chooseConfig(
  shards: readonly Shard[],
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
