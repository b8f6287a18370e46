import { Command, Option } from "commander";
import { loadModel } from "../../encoder/load.js";
import type { Model } from "../../encoder/model.js";
import { NearlabelError } from "../../errors.js";
import { explain } from "../../explain/explain.js";
import type { Explanation } from "../../explain/explanation.js";
import { plainExplanation } from "../../explain/plain.js";
import {
  explainTutorial,
  type TutorialCost,
  type TutorialExplanation,
  tutorialCost,
} from "../../explain/tutorial.js";
import { printableJson } from "../../files/printable.js";
import { imageFile } from "../../image/image-file.js";
import type { Label } from "../../labels/set/label.js";
import { labelSet } from "../../labels/set/label-set.js";
import { BUILT_IN, BUILT_IN_BEST, BUILT_IN_LIMITS } from "../../model/built-in.js";
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
import { type Subject, writeExplanation } from "../output/explain-recipe.js";
import { writeTutorial } from "../output/explain-tutorial.js";
import { startProgress } from "../terminal/progress.js";
import type { Terminal } from "../terminal/terminal.js";

interface ExplainFlags extends ModelFlags {
  labels?: string[];
  dataset?: string;
  split?: string;
  labelColumn?: string;
  row?: number;
  original?: true;
  limit: number;
  json?: true;
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
    .option("--json", "write an object with every value: tokens, pixels and vectors")
    .addOption(modelOption())
    .addOption(dtypeOption())
    .addOption(deviceOption())
    .action((picture: string | undefined, flags: ExplainFlags) => runExplain(picture, flags, terminal));
}

async function runExplain(
  picture: string | undefined,
  flags: ExplainFlags,
  terminal: Terminal,
): Promise<void> {
  const { signal, stdout } = terminal;
  const { labels, ...subject } = await openSubject(picture, flags, terminal);
  await using model = await loadModel(chosenModel(flags), loadOptions(flags, terminal));
  const explanation = await explain(subject.row.image, labels, model, { signal });
  if (!flags.json) {
    writeExplanation(explanation, subject, terminal);
    if (model.identity.id === BUILT_IN) stdout.write(`\n${BUILT_IN_BEST}\n${BUILT_IN_LIMITS}\n`);
  }
  if (flags.original) {
    const tutorial = await explainTutorial(explanation, model, { signal });
    const cost = await costOf(subject, explanation, tutorial, model, flags.limit, terminal);
    if (!flags.json) writeTutorial(explanation, tutorial, cost, subject, terminal);
    else stdout.write(`${printableJson(plainExplanation({ ...explanation, tutorial, cost }))}\n`);
  } else if (flags.json) stdout.write(`${printableJson(plainExplanation(explanation))}\n`);
}

async function costOf(
  { dataset }: Subject,
  explanation: Explanation,
  tutorial: TutorialExplanation,
  model: Model,
  limit: number,
  terminal: Terminal,
): Promise<TutorialCost> {
  const progress = startProgress(terminal, "pictures", Math.min(limit, dataset.size ?? limit));
  return tutorialCost(dataset, explanation, tutorial, model, {
    limit,
    signal: terminal.signal,
    onProgress: progress.update,
  }).finally(progress.clear);
}

async function openSubject(
  picture: string | undefined,
  flags: ExplainFlags,
  terminal: Terminal,
): Promise<Subject & { labels: readonly Label[] }> {
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
  for await (const found of dataset.rows({ start: index, end: index + 1 })) {
    if (found.error) throw found.error;
    return found;
  }
  const rows = dataset.size === undefined ? "fewer rows" : `${dataset.size} rows, 0 to ${dataset.size - 1}`;
  throw new NearlabelError("OPTION_INVALID", `No row ${index} in ${dataset.name}, which has ${rows}.`);
}
