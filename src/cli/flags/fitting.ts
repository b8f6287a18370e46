import { type Command, Option } from "commander";
import { loadModel } from "../../encoder/load.js";
import type { Model } from "../../encoder/model.js";
import type { EmbeddedPictures } from "../../evaluate/pictures.js";
import type { LabelIndex } from "../../labels/index/label-index.js";
import { ofRow, writeError } from "../terminal/error-line.js";
import { startProgress } from "../terminal/progress.js";
import type { Terminal } from "../terminal/terminal.js";
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

/** Embeds the pictures of a data set; those that cannot be read are told on stderr. */
export async function embedDataset(
  model: Model,
  path: string,
  { split, labelColumn, limit, cache: useCache }: FittingFlags,
  terminal: Terminal,
): Promise<EmbeddedPictures> {
  const { embedPictures } = await import("../../evaluate/pictures.js");
  const dataset = await openFlaggedDataset(path, { split, labelColumn }, terminal);
  const cache = useCache ? await openCliCache(model, terminal) : undefined;
  const progress = startProgress(terminal, "pictures", limit ?? dataset.size);
  try {
    const pictures = await embedPictures(model, dataset, {
      limit,
      signal: terminal.signal,
      cache,
      onProgress: progress.update,
    });
    for (const [position, error] of pictures.failures) {
      writeError(ofRow(pictures.ids[position]!, error), terminal);
    }
    return pictures;
  } finally {
    progress.clear();
    await cache?.close();
  }
}
