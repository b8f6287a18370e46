import { checkOptions, checkPart } from "../arguments.js";
import { listed, NearlabelError, optionError } from "../errors.js";
import { counted } from "../math/number-text.js";
import type { Dataset } from "../rows/dataset.js";
import { chosenRows } from "../rows/select/chosen-rows.js";
import { drawShots } from "../rows/select/draw-per-label.js";

export interface DrawExamplesOptions {
  /** Pictures of each label at most, drawn with `seed`. Default: all. */
  readonly shots?: number | undefined;
  /** Default 1. */
  readonly seed?: number | undefined;
  /** What to do with pictures whose label is none of `labels`: refuse all (the default), or leave them out. */
  readonly otherLabels?: "refuse" | "ignore" | undefined;
}

/** Which pictures of a data set are to be examples, and how many cannot be. */
export interface DrawnExamples {
  /** The drawn pictures, in their order. */
  readonly drawn: Dataset;
  /** Pictures with another label, and those labels, each once. */
  readonly otherLabels: number;
  readonly labels: readonly string[];
  readonly unlabelled: number;
}

/**
 * Draws examples of `labels` from a data set. Its labels are read for that, not its pictures.
 *
 * @throws NearlabelError `LABELS_INVALID` for pictures of other labels, unless these are ignored; `INPUT_EMPTY` where no picture is
 * left; `OPTION_INVALID`
 */
export async function drawExamples(
  dataset: Dataset,
  labels: readonly string[],
  options: DrawExamplesOptions = {},
): Promise<DrawnExamples> {
  checkOptions(options, ["shots", "seed", "otherLabels"], "drawExamples");
  checkPart("dataset", dataset);
  const { shots = Number.POSITIVE_INFINITY, seed = 1, otherLabels = "refuse" } = options;
  if (!(shots >= 1)) throw optionError("shots", "a number from 1", shots);
  const known = new Set(labels);
  const given: (string | undefined)[] = [];
  for await (const { label } of dataset.rows({ labelsOnly: true })) given.push(label);
  const others = given.filter((label) => label !== undefined && !known.has(label));
  const names = [...new Set(others)] as string[];
  if (names.length > 0 && otherLabels !== "ignore") throw notInIndex(dataset.name, names);
  const drawn = drawShots(
    given.map((label) => (label !== undefined && known.has(label) ? label : undefined)),
    shots,
    seed,
  );
  if (drawn.size === 0) throw nothingToDraw(dataset.name, given.length);
  return {
    drawn: chosenRows(dataset, dataset.name, [...drawn]),
    otherLabels: others.length,
    labels: names,
    unlabelled: given.filter((label) => label === undefined).length,
  };
}

function notInIndex(dataset: string, names: readonly string[]): NearlabelError {
  return new NearlabelError(
    "LABELS_INVALID",
    `${dataset}: labels that are not in the index (${names.length}): ${listed(names.map((label) => JSON.stringify(label)))}. Add them with nearlabel labels add, or leave their pictures out with --ignore-unknown (in a program otherLabels: "ignore"). Nothing was added.`,
  );
}

function nothingToDraw(dataset: string, pictures: number): NearlabelError {
  return new NearlabelError(
    "INPUT_EMPTY",
    `${dataset}: no picture with a label of the index among ${counted(pictures, "picture")}. Expected a folder for each label, or a column with labels.`,
  );
}
