import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { openDataset } from "../../datasets/open.js";
import { isDatasetId } from "../../hub/protocol/repo.js";
import { rowPaths } from "../../images/table/row-paths.js";
import { isObjectAddress } from "../../objects/address.js";
import type { Dataset, DatasetOptions, ImageRow } from "../../rows/dataset.js";
import { limit as limitRows } from "../../rows/select/limit.js";
import type { PlanSource } from "./plan.js";

export const DATASET_OPTIONS = [
  "split",
  "config",
  "imageColumn",
  "labelColumn",
  "classNames",
  "labelsFile",
] as const satisfies readonly (keyof DatasetOptions)[];

/** The data set of a plan that is open. */
export interface OpenedSource {
  readonly dataset: Dataset;
  /** What a table calls a row of it. */
  readonly pathOf: (row: ImageRow) => string;
}

/** Opens the data set of a plan. @throws NearlabelError what `openDataset` throws */
export async function openSource({ place, options, limit }: PlanSource): Promise<OpenedSource> {
  const dataset = await openDataset(place, options);
  return {
    dataset: limit === undefined ? dataset : limitRows(dataset, limit),
    pathOf: rowPaths(dataset, place).of,
  };
}

/** A path is made absolute, as workers run in other folders; what is no file or folder here is a hub id. */
export async function sourceOf(
  source: string,
  options: DatasetOptions,
  limit: number | undefined,
): Promise<PlanSource> {
  const isElsewhere =
    isObjectAddress(source) || (isDatasetId(source) && !(await stat(source).catch(() => undefined)));
  const given = DATASET_OPTIONS.filter((name) => options[name] !== undefined);
  return {
    place: isElsewhere ? source : resolve(source),
    options: Object.fromEntries(given.map((name) => [name, options[name]])),
    ...(limit !== undefined && { limit }),
  };
}
