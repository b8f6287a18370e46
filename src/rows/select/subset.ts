import { NearlabelError } from "../../errors.js";
import type { Dataset } from "../dataset.js";
import { filterByLabel } from "./filter.js";

/** Which rows to keep; with both, those that are in both. */
export interface SubsetOptions {
  readonly labels?: readonly string[] | undefined;
  /** A number and its decimal text are the same id. */
  readonly ids?: readonly (string | number)[] | undefined;
}

/**
 * The rows of `dataset` with one of these labels, or with one of these ids. `labels` are then those that were asked for,
 * in the data set's order. Throws `OPTION_INVALID` for a label that is not among the data set's class names.
 */
export function subset(dataset: Dataset, { labels, ids }: SubsetOptions): Dataset {
  const unknown = dataset.labels && labels?.find((label) => !dataset.labels?.includes(label));
  if (unknown !== undefined) {
    throw new NearlabelError(
      "OPTION_INVALID",
      `Data set "${dataset.name}" has no label "${unknown}". Expected some of its ${dataset.labels?.length} class names.`,
    );
  }
  const keptLabels = labels && new Set(labels);
  const keptIds = ids && new Set(ids.map(String));
  const kept = filterByLabel(dataset, `${dataset.name} (subset)`, ({ id, label }) => {
    const hasLabel = !keptLabels || (label !== undefined && keptLabels.has(label));
    return hasLabel && (!keptIds || keptIds.has(String(id)));
  });
  if (!dataset.labels || !keptLabels) return kept;
  return { ...kept, labels: dataset.labels.filter((label) => keptLabels.has(label)) };
}
