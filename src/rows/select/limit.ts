import type { Dataset } from "../dataset.js";
import { checkCount } from "./check.js";

/** The first `count` rows of `dataset`. Throws `OPTION_INVALID` unless `count` is a whole number from 0 up. */
export function limit(dataset: Dataset, count: number): Dataset {
  checkCount("limit", count);
  return {
    ...dataset,
    name: `${dataset.name} (first ${count})`,
    ...(dataset.size !== undefined && { size: Math.min(dataset.size, count) }),
    rows: ({ start, end = count } = {}) => dataset.rows({ start, end: Math.min(end, count) }),
  };
}
