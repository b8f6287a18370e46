import type { Dataset } from "../../rows/dataset.js";
import { limit } from "../../rows/select/limit.js";
import { mapLabels, readLabelMap } from "../../rows/select/map-labels.js";
import { sample } from "../../rows/select/sample.js";
import type { Terminal } from "../terminal/terminal.js";
import { tellAbsentLabels } from "./absent-labels.js";

/** Which rows of a data set are wanted, and what their labels are called. */
export interface SelectionFlags {
  limit?: number;
  sample?: number;
  labelMap?: string;
  seed: number;
}

/** The first `limit` rows, of those `sample` drawn ones, with their labels mapped. Labels that `limit` leaves out are told. */
export async function selected(
  dataset: Dataset,
  flags: SelectionFlags,
  terminal: Terminal,
): Promise<Dataset> {
  await tellAbsentLabels(dataset, flags.limit, "--sample without it draws them at random", terminal);
  const first = flags.limit === undefined ? dataset : limit(dataset, flags.limit);
  const drawn = flags.sample === undefined ? first : await sample(first, flags.sample, flags.seed);
  return flags.labelMap === undefined ? drawn : mapLabels(drawn, await readLabelMap(flags.labelMap));
}
