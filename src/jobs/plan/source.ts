import { stat } from "node:fs/promises";
import { isAbsolute, resolve } from "node:path";
import { openDataset } from "../../datasets/open.js";
import { isDatasetId } from "../../hub/protocol/repo.js";
import { isImageFile } from "../../image/image-file.js";
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
    pathOf: pathsIn(dataset, place),
  };
}

/**
 * What a table calls the rows of a data set, the same as when it is ingested: a file by its path, another by `source#row`, after
 * the split's name where there are several.
 */
function pathsIn(dataset: Dataset, source: string): (row: ImageRow) => string {
  const split = dataset.splits === undefined ? "" : `${dataset.name.split("/").at(-1)}/`;
  return ({ id, image, error }) => {
    if (isImageFile(image)) return resolve(image.name);
    const isAddress = typeof id === "string" && (isObjectAddress(id) || (error && isAbsolute(id)));
    return isAddress ? (id as string) : `${source}#${split}${id}`;
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
