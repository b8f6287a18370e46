import { Command } from "commander";
import type { KnownLogits } from "../classify/calibration.js";
import { adaptedLabels } from "../classify/index-examples.js";
import { logitsOf, type Scoring, similaritiesTo } from "../classify/predict.js";
import type { EmbeddedPictures } from "../evaluate/pictures.js";
import { evaluateTemperature, type TemperatureEvaluation } from "../evaluate/temperature.js";
import type { Label } from "../labels/label.js";
import { openLabelIndex } from "../labels/label-index.js";
import { type Matrix, row } from "../vector.js";
import { addFittingOptions, embedDataset, type FittingFlags, indexModel } from "./fitting.js";
import { counted, tableLines } from "./table.js";
import type { Terminal } from "./terminal.js";

interface CalibrateFlags extends FittingFlags {
  dataset: string;
  json?: true;
}

export function calibrateCommand(terminal: Terminal): Command {
  const command = new Command("calibrate")
    .description(
      "Fit a temperature to labelled pictures and store it, so that scores tell how often they are right.",
    )
    .argument("<folder>", "the label index")
    .requiredOption("-d, --dataset <path>", "labelled data set; one half is fitted on, the other measured on")
    .option("--json", "write an object");
  return addFittingOptions(command).action(async (folder: string, flags: CalibrateFlags) => {
    await using index = await openLabelIndex(folder);
    await using model = await indexModel(index, flags, false, terminal);
    const pictures = await embedDataset(model, flags.dataset, flags, terminal);
    const evaluation = evaluateTemperature(knownLogits(pictures, await adaptedLabels(index), model));
    const { temperature, pictures: fittedOn } = evaluation.fitted;
    await index.calibrate({ temperature, dataset: flags.dataset, pictures: fittedOn });
    terminal.stdout.write(
      flags.json ? `${JSON.stringify(evaluation, null, 2)}\n` : `${reportText(evaluation, folder)}\n`,
    );
  });
}

/** Of the pictures that could be read and whose label is in the index. */
function knownLogits(
  { labels: known, embeddings: images, failures }: EmbeddedPictures,
  { labels, embeddings }: { labels: readonly Label[]; embeddings: Matrix },
  scoring: Scoring,
): KnownLogits {
  const positions = new Map(labels.map(({ label }, position) => [label, position]));
  const usable = known.flatMap((label, picture) => {
    const target = label === undefined || failures.has(picture) ? undefined : positions.get(label);
    return target === undefined ? [] : [{ picture, target }];
  });
  return {
    logits: usable.map(({ picture }) => logitsOf(similaritiesTo(row(images, picture), embeddings), scoring)),
    targets: usable.map(({ target }) => target),
    scoreFunction: scoring.scoreFunction,
  };
}

function reportText({ fitted, heldOut }: TemperatureEvaluation, folder: string): string {
  const columns = [
    { header: "" },
    { header: "before", align: "right" as const },
    { header: "after", align: "right" as const },
  ];
  const figures = [
    ["NLL", heldOut.nllBefore, heldOut.nllAfter] as const,
    ["ECE", heldOut.eceBefore, heldOut.eceAfter] as const,
  ];
  return [
    `Temperature ${fitted.temperature.toPrecision(5)}, fitted on ${counted(fitted.pictures, "picture")} and stored in ${folder}.`,
    `On ${counted(heldOut.pictures, "other picture")}:`,
    ...tableLines(
      columns,
      figures.map(([name, before, after]) => [name, before.toFixed(4), after.toFixed(4)]),
    ),
  ].join("\n");
}
