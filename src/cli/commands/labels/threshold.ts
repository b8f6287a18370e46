import { Command, Option } from "commander";
import { NearlabelError } from "../../../errors.js";
import {
  type ChosenThreshold,
  chooseThreshold,
  type ThresholdPictures,
} from "../../../evaluate/fitting/choose-threshold.js";
import { printable, printableJson } from "../../../files/printable.js";
import { REJECTION_METHODS, type RejectionMethod } from "../../../labels/index/fitted.js";
import { openLabelIndex } from "../../../labels/index/label-index.js";
import { counted, percent } from "../../../math/number-text.js";
import { EXIT } from "../../exit.js";
import {
  addFittingOptions,
  type FittingFlags,
  fittingDataset,
  indexModel,
  tellLeftOut,
  whileFitting,
} from "../../flags/fitting.js";
import { numberBetween } from "../../flags/options.js";
import { negativesOption, wordsOf } from "../../flags/reject.js";
import type { Terminal } from "../../terminal/terminal.js";

interface ThresholdFlags extends FittingFlags {
  known?: string;
  unknown?: string;
  falseAccepts?: number;
  keep?: number;
  method: RejectionMethod;
  negatives?: string;
  force?: true;
  json?: true;
}

export function thresholdCommand(terminal: Terminal, exit: (code: number) => void): Command {
  const share = numberBetween(0, 1);
  const command = new Command("threshold")
    .description("Choose below which value a picture is unknown, and store it for classify --reject.")
    .argument("<folder>", "the label index")
    .option("--unknown <dataset>", "pictures that show none of the labels")
    .option("--known <dataset>", "pictures that show one of the labels")
    .addOption(
      new Option("--false-accepts <share>", "of --unknown, let through at most this").argParser(share),
    )
    .addOption(new Option("--keep <share>", "of --known, keep at least this").argParser(share))
    .addOption(
      new Option("--method <name>", "how to tell").choices([...REJECTION_METHODS]).default("similarity"),
    )
    .addOption(negativesOption())
    .option("--force", "store it though it keeps few known pictures")
    .option("--json", "write an object");
  return addFittingOptions(command)
    .addHelpText("after", EXIT_HELP)
    .action(async (folder: string, flags: ThresholdFlags) => exit(await threshold(folder, flags, terminal)));
}

const EXIT_HELP = `
Pictures of --known and --unknown whose labels say otherwise, examples of the index, and pictures that are in both are left out
and counted. A threshold that keeps fewer than half of the known pictures is not stored without --force.
Exit code: 0 stored, 1 not stored, or some pictures failed, 2 nothing could be done.
`;

async function threshold(folder: string, flags: ThresholdFlags, terminal: Terminal): Promise<number> {
  checkFlags(flags);
  const { method, falseAccepts, keep, force } = flags;
  const negatives = flags.negatives === undefined ? undefined : await wordsOf(flags.negatives);
  await using index = await openLabelIndex(folder);
  await using model = await indexModel(index, flags, negatives !== undefined, terminal);
  const open = async (path?: string) =>
    path === undefined ? undefined : fittingDataset(path, flags, terminal);
  const unknown = await open(flags.unknown);
  // One data set may be given as both: what is told of it is told once.
  const known = flags.known === flags.unknown ? unknown : await open(flags.known);
  const choice = { unknown, known, falseAccepts, keep, method, negatives, force };
  const chosen = await whileFitting(model, flags, terminal, (options) =>
    chooseThreshold(index, model, { ...options, ...choice }),
  );
  const kinds = [chosen.unknown, chosen.known].filter((kind) => kind !== undefined);
  for (const kind of kinds) tellLeftOut(kind.dataset, kind, terminal);
  terminal.stdout.write(
    flags.json
      ? `${printableJson(plain(chosen), 2)}\n`
      : `${reportText(chosen, keep === undefined ? "unknown" : "known", folder)}\n`,
  );
  return chosen.stored && kinds.every(({ failures }) => failures.length === 0) ? EXIT.ok : EXIT.failed;
}

/** The flags of a command that the library's options do not know of, or call otherwise. */
function checkFlags({ known, unknown, falseAccepts, keep, method, negatives }: ThresholdFlags): void {
  if ((falseAccepts === undefined) === (keep === undefined)) {
    throw usage("Expected --false-accepts or --keep, got both or neither.");
  }
  if (falseAccepts !== undefined && unknown === undefined) {
    throw usage("--false-accepts needs pictures that show none of the labels: --unknown data set.");
  }
  if (keep !== undefined && known === undefined) {
    throw usage("--keep needs pictures that show one of the labels: --known data set.");
  }
  if ((method === "negative-labels") !== (negatives !== undefined)) {
    throw usage("--negatives and --method negative-labels go together.");
  }
}

function usage(message: string): NearlabelError {
  return new NearlabelError("OPTION_INVALID", message);
}

/** Without the errors, which are told on stderr. */
function plain({ known, unknown, ...chosen }: ChosenThreshold): object {
  const without = ({ failures, ...rest }: ThresholdPictures) => ({ ...rest, failures: failures.length });
  return {
    ...chosen,
    ...(known && { known: without(known) }),
    ...(unknown && { unknown: without(unknown) }),
  };
}

function reportText(chosen: ChosenThreshold, chosenOn: "known" | "unknown", folder: string): string {
  const { method, threshold: value, stored, falseAccepts, kept, auroc, known, unknown } = chosen;
  const outcome = stored
    ? `stored in ${printable(folder)}`
    : `not stored, for it keeps fewer than half of the known pictures: --force stores it all the same`;
  return [
    `Unknown below ${method} ${value.toPrecision(5)}; ${outcome}.`,
    ...(falseAccepts === undefined
      ? []
      : [`Of ${counted(unknown!.pictures, "unknown picture")} ${percent(falseAccepts)} pass.`]),
    kept === undefined
      ? "How many known pictures it turns away is not known: give some with --known."
      : `Of ${counted(known!.pictures, "known picture")} ${percent(kept)} are kept.`,
    `The share of ${chosenOn} pictures is measured on those that the threshold was chosen on, so new ones may do worse.`,
    ...(auroc === undefined ? [] : [`AUROC ${auroc.toFixed(4)}.`]),
  ].join("\n");
}
