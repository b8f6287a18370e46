import { Command, Option } from "commander";
import { loadModel } from "../../encoder/load.js";
import { NearlabelError } from "../../errors.js";
import { imageFile } from "../../image/image-file.js";
import { labelSet } from "../../labels/set/label-set.js";
import type { Dataset, ImageRow } from "../../rows/dataset.js";
import { openFlaggedDataset } from "../flags/dataset.js";
import { labelsOf, labelsOption } from "../flags/labels.js";
import {
  chosenModel,
  datasetOption,
  deviceOption,
  dtypeOption,
  labelColumnOption,
  loadOptions,
  type ModelFlags,
  modelOption,
  splitOption,
  wholeNumber,
} from "../flags/options.js";
import { openSamples } from "../flags/samples.js";
import { explainRecipe, type Subject } from "../output/explain-recipe.js";
import { explainOriginal } from "../output/explain-tutorial.js";
import type { Terminal } from "../terminal/terminal.js";

interface ExplainFlags extends ModelFlags {
  labels?: string[];
  dataset?: string;
  split?: string;
  labelColumn?: string;
  row?: number;
  original?: true;
  limit: number;
}

export function explainCommand(terminal: Terminal): Command {
  return new Command("explain")
    .description("Show zero-shot classification with vector search step by step, with real values.")
    .argument("[picture]", "a picture; without one a sample, or a row of --dataset")
    .addOption(labelsOption())
    .addOption(datasetOption())
    .addOption(splitOption())
    .addOption(labelColumnOption())
    .addOption(
      new Option("--row <n>", "row of the data set or of the samples, from 0").argParser(wholeNumber(0)),
    )
    .option(
      "--original",
      "beside it the arithmetic of the tutorial as published, and what it costs in accuracy",
    )
    .addOption(
      new Option("--limit <n>", "with --original: pictures to compare on")
        .argParser(wholeNumber(1))
        .default(1000),
    )
    .addOption(modelOption())
    .addOption(dtypeOption())
    .addOption(deviceOption())
    .action(async (picture: string | undefined, flags: ExplainFlags) => {
      const subject = await openSubject(picture, flags, terminal);
      await using model = await loadModel(chosenModel(flags), loadOptions(flags, terminal));
      await explainRecipe(subject, model, terminal);
      if (flags.original) await explainOriginal(subject, model, flags.limit, terminal);
    });
}

async function openSubject(
  picture: string | undefined,
  flags: ExplainFlags,
  terminal: Terminal,
): Promise<Subject> {
  if (picture !== undefined && flags.row !== undefined) {
    throw new NearlabelError(
      "OPTION_INVALID",
      `Expected a picture or --row, got both: ${picture} and ${flags.row}.`,
    );
  }
  const dataset =
    flags.dataset === undefined
      ? await openSamples()
      : await openFlaggedDataset(flags.dataset, flags, terminal);
  const names = flags.labels === undefined ? labelSet(dataset.labels ?? []) : await labelsOf(flags.labels);
  const row =
    picture === undefined
      ? await rowOf(dataset, flags.row ?? 0)
      : { id: picture, image: imageFile(picture, { pipe: true }) };
  return { row, labels: names, dataset };
}

async function rowOf(dataset: Dataset, index: number): Promise<ImageRow> {
  for await (const found of dataset.rows({ start: index, end: index + 1 })) return found;
  const rows = dataset.size === undefined ? "fewer rows" : `${dataset.size} rows, 0 to ${dataset.size - 1}`;
  throw new NearlabelError("OPTION_INVALID", `No row ${index} in ${dataset.name}, which has ${rows}.`);
}
