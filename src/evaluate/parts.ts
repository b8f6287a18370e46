import { listed, NearlabelError } from "../errors.js";
import type { Label } from "../labels/set/label.js";
import { labelMatcher } from "../labels/set/match.js";
import type { Dataset } from "../rows/dataset.js";
import type { EvaluateOptions } from "./options.js";
import type { EmbeddedPictures } from "./pictures.js";

type OtherLabels = EvaluateOptions["otherLabels"];

/** A run, as far as it decides which pictures count. */
interface Labelled {
  readonly name: string;
  readonly index?: string | undefined;
  readonly labels: readonly Label[];
}

/** Which pictures, by position, the runs are evaluated on, and what the others are. */
export interface Parts {
  /** Pictures whose label is in every label set, and that every model could embed. */
  readonly known: readonly number[];
  /** Pictures of other labels. */
  readonly others: readonly number[];
  readonly unlabelled: number;
  readonly failed: ReadonlyMap<number, NearlabelError>;
}

/** @param embedded the same pictures by each model */
export function partsOf(embedded: readonly EmbeddedPictures[], runs: readonly Labelled[]): Parts {
  const failed = new Map(embedded.flatMap(({ failures }) => [...failures]));
  const matchers = runs.map(matcherOf);
  const known: number[] = [];
  const others: number[] = [];
  let unlabelled = 0;
  for (const [position, label] of embedded[0]!.labels.entries()) {
    if (failed.has(position)) continue;
    if (label === undefined) unlabelled++;
    else if (matchers.every((match) => match(label) !== undefined)) known.push(position);
    else others.push(position);
  }
  return { known, others, unlabelled, failed };
}

/** @throws NearlabelError `DATASET_INVALID` */
export function checkParts(
  { name }: Dataset,
  labels: readonly (string | undefined)[],
  { known, others, unlabelled, failed, fittedOn }: Parts & { readonly fittedOn: number },
  runs: readonly Labelled[],
  otherLabels: OtherLabels,
): void {
  const other = others.map((position) => labels[position]!);
  if (otherLabels === "refuse") for (const run of runs) checkKnown(name, other, run);
  if (known.length === 0) {
    const [first] = failed.values();
    const found = [
      ...(unlabelled > 0 ? [`${unlabelled} without a label`] : []),
      ...(fittedOn > 0 ? [`${fittedOn} that are left out because a run was fitted on them`] : []),
      ...(others.length > 0 ? [`${others.length} of other labels`] : []),
      ...(first ? [`${failed.size} that failed, the first with ${first.code}: ${first.message}`] : []),
    ];
    throw new NearlabelError(
      "DATASET_INVALID",
      `Data set "${name}" has no picture with a label of the set that could be read. Expected a label column, or folders named by labels; got ${found.join(", ") || "no picture"}`,
    );
  }
  if (otherLabels === "detect" && others.length === 0) {
    throw new NearlabelError(
      "DATASET_INVALID",
      `Data set "${name}" has no picture of another label, so there is nothing unknown to detect.`,
    );
  }
}

/** A data set has labels that a label set has not; the command line names its options for them. */
export class OtherLabelsError extends NearlabelError {}

/** @throws OtherLabelsError `DATASET_INVALID` for labels of the data set that are not in a label set, which it lists */
export function checkKnown(
  dataset: string,
  known: Iterable<string>,
  { name, index, labels }: Labelled,
): void {
  const match = matcherOf({ labels });
  const missing = [...new Set(known)].filter((label) => match(label) === undefined);
  if (missing.length === 0) return;
  throw new OtherLabelsError(
    "DATASET_INVALID",
    `Data set "${dataset}" has labels that are not in the label set of "${index ?? name}" (${missing.length}): ` +
      `${listed(missing.map((label) => JSON.stringify(label)))}. Add them, map them to labels of the set, or choose what pictures of other labels are.`,
  );
}

function matcherOf({ labels }: Pick<Labelled, "labels">): (known: string) => string | undefined {
  return labelMatcher(labels.map(({ label }) => label));
}
