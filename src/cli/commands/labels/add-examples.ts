import { Command, Option } from "commander";
import type { AddedExamples } from "../../../adapt/index-examples.js";
import { listed, NearlabelError } from "../../../errors.js";
import { printable } from "../../../files/printable.js";
import { removeExamples } from "../../../labels/examples/example-table.js";
import { openLabelIndex } from "../../../labels/index/label-index.js";
import { counted } from "../../../math/number-text.js";
import type { Dataset } from "../../../rows/dataset.js";
import { chosenRows } from "../../../rows/select/chosen-rows.js";
import { drawShots } from "../../../rows/select/draw-per-label.js";
import { EXIT } from "../../exit.js";
import { openFlaggedDataset } from "../../flags/dataset.js";
import { indexModel } from "../../flags/fitting.js";
import {
  datasetOption,
  deviceOption,
  dtypeOption,
  labelColumnOption,
  type ModelFlags,
  splitOption,
  threadsOption,
  wholeNumber,
} from "../../flags/options.js";
import { tellDropped } from "../../output/dropped-labels.js";
import { ofRow, writeError } from "../../terminal/error-line.js";
import { startProgress } from "../../terminal/progress.js";
import { tableLines } from "../../terminal/table.js";
import { type Terminal, writeLine } from "../../terminal/terminal.js";

interface AddExamplesFlags extends Omit<ModelFlags, "model"> {
  dataset: string;
  split?: string;
  labelColumn?: string;
  shots?: number;
  seed: number;
  ignoreUnknown?: true;
}

export function addExamplesCommand(terminal: Terminal, exit: (code: number) => void): Command {
  return new Command("add-examples")
    .description(
      "Move the labels of an index towards pictures that are known to show them. Nothing is trained.",
    )
    .argument("<folder>", "the label index")
    .addOption(datasetOption("labelled data set").makeOptionMandatory())
    .addOption(splitOption())
    .addOption(labelColumnOption())
    .addOption(new Option("--shots <n>", "draw n pictures a label (default: all)").argParser(wholeNumber(1)))
    .addOption(new Option("--seed <n>", "seed of that draw").argParser(wholeNumber(0)).default(1))
    .option("--ignore-unknown", "leave out pictures whose label is not in the index")
    .addOption(dtypeOption())
    .addOption(deviceOption())
    .addOption(threadsOption())
    .action(async (folder: string, flags: AddExamplesFlags) => exit(await addFrom(folder, flags, terminal)));
}

export function removeExamplesCommand(terminal: Terminal): Command {
  return new Command("remove-examples")
    .description("Take all examples of an index away, so that its labels are what their words say.")
    .argument("<folder>", "the label index")
    .action(async (folder: string) => {
      await using index = await openLabelIndex(folder);
      const before = index.info;
      await removeExamples(index);
      writeLine(terminal.stdout, `No examples in ${folder}.`);
      tellDropped(before, index, terminal);
    });
}

async function addFrom(folder: string, flags: AddExamplesFlags, terminal: Terminal): Promise<number> {
  const { addExamples } = await import("../../../adapt/index-examples.js");
  await using index = await openLabelIndex(folder);
  const dataset = await openFlaggedDataset(flags.dataset, flags, terminal);
  const { labels } = await index.labels();
  const chosen = await choose(dataset, new Set(labels.map(({ label }) => label)), flags);
  await using model = await indexModel(index, { ...flags, cache: false }, false, terminal);
  const before = index.info;
  const positions = [...chosen].sort((a, b) => a - b);
  const pictures = chosenRows(dataset, dataset.name, positions).rows();
  const progress = startProgress(terminal, "examples", chosen.size);
  const result = await addExamples(index, model, pictures, {
    signal: terminal.signal,
    onProgress: progress.update,
  }).finally(progress.clear);
  for (const { id, error } of result.failures) writeError(ofRow(id, error), terminal);
  writeResult(folder, result, terminal);
  tellDropped(before, index, terminal);
  return result.failures.length > 0 ? EXIT.failed : EXIT.ok;
}

/** Rows of the data set to be examples. Labels are looked at before anything is encoded. */
async function choose(
  dataset: Dataset,
  known: ReadonlySet<string>,
  { shots = Number.POSITIVE_INFINITY, seed, ignoreUnknown }: AddExamplesFlags,
): Promise<ReadonlySet<number>> {
  const labels: (string | undefined)[] = [];
  for await (const { label } of dataset.rows({ labelsOnly: true })) labels.push(label);
  const unknown = new Set(labels.filter((label) => label !== undefined && !known.has(label)));
  if (unknown.size > 0 && !ignoreUnknown) {
    const names = [...unknown].map((label) => JSON.stringify(label));
    throw new NearlabelError(
      "LABELS_INVALID",
      `${dataset.name}: labels that are not in the index (${unknown.size}): ${listed(names)}. Add them with nearlabel labels add, or leave their pictures out with --ignore-unknown. Nothing was added.`,
    );
  }
  const chosen = drawShots(
    labels.map((label) => (unknown.has(label) ? undefined : label)),
    shots,
    seed,
  );
  if (chosen.size > 0) return chosen;
  throw new NearlabelError(
    "INPUT_EMPTY",
    `${dataset.name}: no picture with a label of the index among ${counted(labels.length, "picture")}. Expected a folder for each label, or a column with labels.`,
  );
}

function writeResult(
  folder: string,
  { added, updated, unchanged, counts, weight }: AddedExamples,
  { stdout, stderr }: Terminal,
): void {
  const rows = [...counts].map(([label, count]) => [printable(label), String(count)]);
  stdout.write(
    `${tableLines([{ header: "label" }, { header: "examples", align: "right" }], rows).join("\n")}\n`,
  );
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  writeLine(
    stdout,
    `${added} added, ${updated} updated, ${unchanged} unchanged; ${counted(total, "example")} in ${folder}, weight ${weight}.`,
  );
  const without = [...counts].filter(([, count]) => count === 0).map(([label]) => JSON.stringify(label));
  if (without.length === 0 || weight === 0) return;
  writeLine(
    stderr,
    `Without examples, and so at a disadvantage against the others (${without.length}): ${listed(without)}.`,
  );
}
