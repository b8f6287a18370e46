import { Command, Option } from "commander";
import { adaptedLabels } from "../../../adapt/index-examples.js";
import { thresholdForFalseAccepts, thresholdForKept } from "../../../classify/reject/knownness.js";
import { createKnownness, type Knownness } from "../../../classify/reject/rejector.js";
import { NearlabelError } from "../../../errors.js";
import { auroc } from "../../../evaluate/metrics/detection.js";
import type { EmbeddedPictures } from "../../../evaluate/pictures.js";
import { printable, printableJson } from "../../../files/printable.js";
import { REJECTION_METHODS, type RejectionMethod } from "../../../labels/index/fitted.js";
import { openLabelIndex } from "../../../labels/index/label-index.js";
import { type Matrix, row } from "../../../math/matrix.js";
import { percent } from "../../../math/number-text.js";
import { similaritiesTo } from "../../../scoring/similarities.js";
import { addFittingOptions, embedDataset, type FittingFlags, indexModel } from "../../flags/fitting.js";
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
  json?: true;
}

/** Pictures of one kind: how likely each is known. */
interface Measured {
  readonly dataset: string;
  readonly values: readonly number[];
}

export function thresholdCommand(terminal: Terminal): Command {
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
    .option("--json", "write an object");
  return addFittingOptions(command).action((folder: string, flags: ThresholdFlags) =>
    chooseThreshold(folder, flags, terminal),
  );
}

async function chooseThreshold(folder: string, flags: ThresholdFlags, terminal: Terminal): Promise<void> {
  checkFlags(flags);
  const { method } = flags;
  const negatives = flags.negatives === undefined ? undefined : await wordsOf(flags.negatives);
  await using index = await openLabelIndex(folder);
  await using model = await indexModel(index, flags, negatives !== undefined, terminal);
  const { embeddings } = await adaptedLabels(index);
  const { templates } = index.info;
  const knownness = await createKnownness({ method, negatives }, { embeddings, templates, model });
  const measure = async (dataset: string): Promise<Measured> => {
    const pictures = await embedDataset(model, dataset, flags, terminal);
    return { dataset, values: valuesOf(pictures, embeddings, knownness) };
  };
  const unknown = flags.unknown === undefined ? undefined : await measure(flags.unknown);
  const known = flags.known === undefined ? undefined : await measure(flags.known);
  const { threshold, chosenOn } = choose(flags, unknown, known);
  const { dataset, values } = chosenOn;
  const stored = { method, threshold, dataset, pictures: values.length };
  await index.rejectBelow({ ...stored, ...(negatives && { negatives }) });
  const report = { method, threshold, ...sharesOf(threshold, unknown, known) };
  terminal.stdout.write(flags.json ? `${printableJson(report, 2)}\n` : `${reportText(report, folder)}\n`);
}

/** The flags were checked to name the pictures that are needed. */
function choose(
  { falseAccepts, keep }: ThresholdFlags,
  unknown: Measured | undefined,
  known: Measured | undefined,
): { threshold: number; chosenOn: Measured } {
  return falseAccepts === undefined
    ? { threshold: thresholdForKept(known!.values, keep!), chosenOn: known! }
    : { threshold: thresholdForFalseAccepts(unknown!.values, falseAccepts), chosenOn: unknown! };
}

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

function valuesOf(
  { embeddings: images, failures }: EmbeddedPictures,
  embeddings: Matrix,
  knownness: Knownness,
): number[] {
  return Array.from({ length: images.rows }, (_, picture) => picture)
    .filter((picture) => !failures.has(picture))
    .map((picture) => {
      const image = row(images, picture);
      return knownness(image, similaritiesTo(image, embeddings));
    });
}

interface Shares {
  /** Of unknown pictures, those let through. */
  readonly falseAccepts?: number;
  /** Of known pictures, those kept. */
  readonly kept?: number;
  readonly auroc?: number;
}

function sharesOf(threshold: number, unknown?: Measured, known?: Measured): Shares {
  const above = ({ values }: Measured) => values.filter((value) => value >= threshold).length / values.length;
  return {
    ...(unknown && { falseAccepts: above(unknown) }),
    ...(known && { kept: above(known) }),
    ...(unknown && known && { auroc: auroc(known.values, unknown.values) }),
  };
}

function reportText(
  { method, threshold, falseAccepts, kept, auroc: area }: Shares & { method: string; threshold: number },
  folder: string,
): string {
  return [
    `Unknown below ${method} ${threshold.toPrecision(5)}; stored in ${printable(folder)}.`,
    ...(falseAccepts === undefined ? [] : [`Of the unknown pictures ${percent(falseAccepts)} pass.`]),
    ...(kept === undefined ? [] : [`Of the known pictures ${percent(kept)} are kept.`]),
    ...(area === undefined ? [] : [`AUROC ${area.toFixed(4)}.`]),
  ].join("\n");
}
