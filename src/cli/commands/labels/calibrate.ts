import { Command } from "commander";
import { adaptedLabels } from "../../../adapt/index-examples.js";
import type { KnownLogits } from "../../../adapt/temperature.js";
import { listed, NearlabelError } from "../../../errors.js";
import type { EmbeddedPictures } from "../../../evaluate/pictures.js";
import { evaluateTemperature, type TemperatureEvaluation } from "../../../evaluate/run/temperature.js";
import { printable, printableJson } from "../../../files/printable.js";
import { openLabelIndex } from "../../../labels/index/label-index.js";
import type { Label } from "../../../labels/set/label.js";
import { type Matrix, row } from "../../../math/matrix.js";
import { counted } from "../../../math/number-text.js";
import { logitsOf, type Scoring } from "../../../scoring/scores.js";
import { similaritiesTo } from "../../../scoring/similarities.js";
import { EXIT } from "../../exit.js";
import { addFittingOptions, embedDataset, type FittingFlags, indexModel } from "../../flags/fitting.js";
import { datasetOption } from "../../flags/options.js";
import { tableLines } from "../../terminal/table.js";
import { type Terminal, writeLine } from "../../terminal/terminal.js";

interface CalibrateFlags extends FittingFlags {
  dataset: string;
  json?: true;
}

export function calibrateCommand(terminal: Terminal, exit: (code: number) => void): Command {
  const command = new Command("calibrate")
    .description(
      "Fit a temperature to labelled pictures and store it, so that scores tell how often they are right.",
    )
    .argument("<folder>", "the label index")
    .addOption(
      datasetOption(
        "labelled data set, of which one half is fitted on and the other measured on",
      ).makeOptionMandatory(),
    )
    .option("--json", "write an object");
  return addFittingOptions(command)
    .addHelpText("after", EXIT_HELP)
    .action(async (folder: string, flags: CalibrateFlags) => exit(await calibrate(folder, flags, terminal)));
}

const EXIT_HELP = `
Exit code: 0 stored, 1 not stored for the other half is no better with it, or some pictures failed, 2 nothing could be done.
`;

async function calibrate(folder: string, flags: CalibrateFlags, terminal: Terminal): Promise<number> {
  await using index = await openLabelIndex(folder);
  await using model = await indexModel(index, flags, false, terminal);
  const pictures = await embedDataset(model, flags.dataset, flags, terminal);
  const evaluation = evaluateTemperature(
    knownLogits(pictures, await adaptedLabels(index), model.scoring, flags.dataset, terminal),
  );
  const { fitted, heldOut } = evaluation;
  const stored = heldOut.nllAfter < heldOut.nllBefore;
  if (stored) {
    await index.calibrate({
      temperature: fitted.temperature,
      dataset: flags.dataset,
      pictures: fitted.pictures,
    });
  }
  terminal.stdout.write(
    flags.json
      ? `${printableJson({ stored, ...evaluation }, 2)}\n`
      : `${reportText(evaluation, stored, folder)}\n`,
  );
  return stored && pictures.failures.size === 0 ? EXIT.ok : EXIT.failed;
}

/**
 * Of the pictures that could be read and whose label is in the index; stderr is told of those of other labels.
 * @throws NearlabelError `INPUT_EMPTY` for fewer than two
 */
function knownLogits(
  { labels: known, embeddings: images, failures }: EmbeddedPictures,
  { labels, embeddings }: { labels: readonly Label[]; embeddings: Matrix },
  scoring: Scoring,
  dataset: string,
  { stderr }: Terminal,
): KnownLogits {
  const positions = new Map(labels.map(({ label }, position) => [label, position]));
  const readable = known.flatMap((label, picture) =>
    label === undefined || failures.has(picture) ? [] : [{ picture, label, target: positions.get(label) }],
  );
  const usable = readable.flatMap(({ picture, target }) =>
    target === undefined ? [] : [{ picture, target }],
  );
  const others = readable.filter(({ target }) => target === undefined).map(({ label }) => label);
  const leftOut = others.length > 0 ? leftOutText(others) : "";
  if (usable.length < 2) throw tooFew(dataset, usable.length, known.length, leftOut);
  if (leftOut !== "") writeLine(stderr, `Left out, ${leftOut}.`);
  return {
    logits: usable.map(({ picture }) => logitsOf(similaritiesTo(row(images, picture), embeddings), scoring)),
    targets: usable.map(({ target }) => target),
    scoreFunction: scoring.scoreFunction,
  };
}

function leftOutText(others: readonly string[]): string {
  const names = [...new Set(others)].map((label) => JSON.stringify(label));
  return `${counted(others.length, "picture")} whose label is not in the index (${names.length}): ${listed(names)}`;
}

function tooFew(dataset: string, usable: number, all: number, leftOut: string): NearlabelError {
  const others = leftOut === "" ? "" : ` Left out, ${leftOut}.`;
  return new NearlabelError(
    "INPUT_EMPTY",
    `${dataset}: expected at least two pictures with a label of the index, one to fit on and one to measure on, got ${usable} among ${counted(all, "picture")}.${others}`,
  );
}

function reportText({ fitted, heldOut }: TemperatureEvaluation, stored: boolean, folder: string): string {
  const columns = [
    { header: "" },
    { header: "before", align: "right" as const },
    { header: "after", align: "right" as const },
  ];
  const figures = [
    ["NLL", heldOut.nllBefore, heldOut.nllAfter] as const,
    ["ECE", heldOut.eceBefore, heldOut.eceAfter] as const,
  ];
  const outcome = stored
    ? `stored in ${printable(folder)}`
    : `not stored: the other pictures are no better for it, and ${printable(folder)} is as it was`;
  return [
    `Temperature ${fitted.temperature.toPrecision(5)}, fitted on ${counted(fitted.pictures, "picture")}, ${outcome}.`,
    `On ${counted(heldOut.pictures, "other picture")}:`,
    ...tableLines(
      columns,
      figures.map(([name, before, after]) => [name, before.toFixed(4), after.toFixed(4)]),
    ),
  ].join("\n");
}
