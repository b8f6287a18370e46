import { Command, Option } from "commander";
import type { DrawnExamples } from "../../../adapt/draw-examples.js";
import type { AddedExamples } from "../../../adapt/index-examples.js";
import { listed } from "../../../errors.js";
import { removeExamples } from "../../../labels/examples/example-table.js";
import { openLabelIndex } from "../../../labels/index/label-index.js";
import { counted } from "../../../math/number-text.js";
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
  const [{ addExamples }, { drawExamples }] = await Promise.all([
    import("../../../adapt/index-examples.js"),
    import("../../../adapt/draw-examples.js"),
  ]);
  await using index = await openLabelIndex(folder);
  const dataset = await openFlaggedDataset(flags.dataset, flags, terminal);
  const { labels } = await index.labels();
  const examples = await drawExamples(
    dataset,
    labels.map(({ label }) => label),
    { shots: flags.shots, seed: flags.seed, otherLabels: flags.ignoreUnknown ? "ignore" : "refuse" },
  );
  await using model = await indexModel(index, { ...flags, cache: false }, false, terminal);
  const before = index.info;
  const progress = startProgress(terminal, "examples", examples.drawn.size);
  const result = await addExamples(index, model, examples.drawn.rows(), {
    signal: terminal.signal,
    onProgress: progress.update,
  }).finally(progress.clear);
  for (const { id, error } of result.failures) writeError(ofRow(id, error), terminal);
  tellLeftOut(examples, result, terminal);
  writeResult(folder, result, terminal);
  tellDropped(before, index, terminal);
  return result.failures.length > 0 ? EXIT.failed : EXIT.ok;
}

/** Tells on stderr which pictures are no examples, and why. */
function tellLeftOut(
  { otherLabels, labels, unlabelled }: DrawnExamples,
  { repeated, contradictory }: AddedExamples,
  { stderr }: Terminal,
): void {
  const quoted = (names: readonly string[]) => listed(names.map((name) => JSON.stringify(name)));
  const kinds: readonly (readonly [count: number, why: string])[] = [
    [otherLabels, `with a label that is not in the index (${labels.length}): ${quoted(labels)}`],
    [unlabelled, "without a label"],
    [repeated, "there more than once"],
    [
      contradictory.length,
      `given with several labels: ${listed(contradictory.map(({ id, label }) => `${id} as ${JSON.stringify(label)}`))}`,
    ],
  ];
  const told = kinds
    .filter(([count]) => count > 0)
    .map(([count, why]) => `${counted(count, "picture")} ${why}`);
  if (told.length > 0) writeLine(stderr, `Left out: ${told.join("; ")}.`);
}

function writeResult(
  folder: string,
  { added, updated, unchanged, counts, weight }: AddedExamples,
  { stdout, stderr }: Terminal,
): void {
  const rows = [...counts].map(([label, count]) => [label, String(count)]);
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
