import { Command } from "commander";
import { calibrateIndex } from "../../../evaluate/fitting/calibrate-index.js";
import type { TemperatureEvaluation } from "../../../evaluate/run/temperature.js";
import { printable, printableJson } from "../../../files/printable.js";
import { openLabelIndex } from "../../../labels/index/label-index.js";
import { counted } from "../../../math/number-text.js";
import { EXIT } from "../../exit.js";
import {
  addFittingOptions,
  type FittingFlags,
  fittingDataset,
  indexModel,
  tellLeftOut,
  whileFitting,
} from "../../flags/fitting.js";
import { datasetOption } from "../../flags/options.js";
import { tableLines } from "../../terminal/table.js";
import type { Terminal } from "../../terminal/terminal.js";

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
  const dataset = await fittingDataset(flags.dataset, flags, terminal);
  const { leftOut, failures, ...calibrated } = await whileFitting(
    model,
    flags,
    terminal,
    ({ onProgress, ...options }) =>
      calibrateIndex(index, model, dataset, {
        ...options,
        onProgress: (done) => onProgress(done, dataset),
      }),
  );
  tellLeftOut(flags.dataset, { leftOut, failures }, terminal);
  const { stored } = calibrated;
  terminal.stdout.write(
    flags.json
      ? `${printableJson({ ...calibrated, leftOut }, 2)}\n`
      : `${reportText(calibrated, stored, folder)}\n`,
  );
  return stored && failures.length === 0 ? EXIT.ok : EXIT.failed;
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
