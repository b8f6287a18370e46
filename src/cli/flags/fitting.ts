import { type Command, Option } from "commander";
import { loadModel } from "../../encoder/load.js";
import type { Model } from "../../encoder/model.js";
import {
  type FittingOptions,
  type FittingPictures,
  leftOutText,
} from "../../evaluate/fitting/fitting-pictures.js";
import type { LabelIndex } from "../../labels/index/label-index.js";
import type { Dataset } from "../../rows/dataset.js";
import { ofRow, writeError } from "../terminal/error-line.js";
import { type Progress, startProgress } from "../terminal/progress.js";
import { type Terminal, writeLine } from "../terminal/terminal.js";
import { tellAbsentLabels } from "./absent-labels.js";
import { openFlaggedDataset } from "./dataset.js";
import { openCliCache } from "./embedding-cache.js";
import {
  cacheOption,
  deviceOption,
  dtypeOption,
  labelColumnOption,
  loadOptions,
  type ModelFlags,
  splitOption,
  threadsOption,
  wholeNumber,
} from "./options.js";

/** Which pictures something is fitted on for an index, and how they are embedded. */
export interface FittingFlags extends Omit<ModelFlags, "model"> {
  split?: string;
  labelColumn?: string;
  limit?: number;
  cache: boolean;
}

export function addFittingOptions(command: Command): Command {
  return command
    .addOption(splitOption())
    .addOption(labelColumnOption())
    .addOption(new Option("--limit <n>", "the first n pictures").argParser(wholeNumber(1)))
    .addOption(dtypeOption())
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(cacheOption());
}

/** The model of an index. Its text tower is opened only where `texts` are to be encoded. */
export async function indexModel(
  index: LabelIndex,
  flags: FittingFlags,
  texts: boolean,
  terminal: Terminal,
): Promise<Model> {
  const towers = texts ? "both" : "vision";
  const { signal } = terminal;
  const dtype = flags.dtype ?? index.info.dtype;
  const model = await loadModel(index.info.model, {
    ...loadOptions(flags, terminal),
    dtype,
    towers,
    signal,
  });
  try {
    await index.checkModel(model);
    return model;
  } catch (error) {
    await model.close();
    throw error;
  }
}

/** The data set that is fitted on. It is called what it was called on the command line. Labels that `limit` leaves out are told. */
export async function fittingDataset(
  path: string,
  { split, labelColumn, limit }: FittingFlags,
  terminal: Terminal,
): Promise<Dataset> {
  const opened = await openFlaggedDataset(path, { split, labelColumn }, terminal);
  const dataset = { ...opened, name: path };
  await tellAbsentLabels(dataset, limit, "give a shuffled data set, or all of it", terminal);
  return dataset;
}

/** What fitting needs beside pictures: the cache, where it is wanted, and a progress line for each data set. */
export async function whileFitting<T>(
  model: Model,
  { limit, cache: useCache }: FittingFlags,
  terminal: Terminal,
  fit: (options: WhileFitting) => Promise<T>,
): Promise<T> {
  const cache = useCache ? await openCliCache(model, terminal) : undefined;
  const lines = new Map<Dataset, Progress>();
  try {
    return await fit({
      limit,
      cache,
      signal: terminal.signal,
      onProgress(done, dataset) {
        const line = lines.get(dataset) ?? startProgress(terminal, "pictures", limit ?? dataset.size);
        lines.set(dataset, line);
        line.update(done);
      },
    });
  } finally {
    for (const line of lines.values()) line.clear();
    await cache?.close();
  }
}

type WhileFitting = Omit<FittingOptions, "onProgress"> & {
  readonly onProgress: (done: number, dataset: Dataset) => void;
};

/** Tells on stderr which pictures could not be read, and which were left out of what was fitted. */
export function tellLeftOut(
  name: string,
  { leftOut, failures }: Pick<FittingPictures, "leftOut" | "failures">,
  terminal: Terminal,
): void {
  for (const { id, error } of failures) writeError(ofRow(id, error), terminal);
  const text = leftOutText(leftOut);
  if (text !== "") writeLine(terminal.stderr, `Left out of ${name}: ${text}.`);
}
