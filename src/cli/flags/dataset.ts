import type { Dataset, DatasetOptions } from "../../rows/dataset.js";
import { downloadOptions } from "../terminal/download.js";
import type { Terminal } from "../terminal/terminal.js";

/** Which part of a data set is meant. */
export type DatasetFlags = Pick<
  DatasetOptions,
  "split" | "config" | "imageColumn" | "labelColumn" | "otherColumns"
>;

/** Opens a data set so that the terminal's signal ends what is slow about it, and its downloads are shown. */
export async function openFlaggedDataset(
  path: string,
  chosen: DatasetFlags,
  terminal: Terminal,
): Promise<Dataset> {
  const { openDataset } = await import("../../datasets/open.js");
  const { split, config, imageColumn, labelColumn, otherColumns } = chosen;
  return openDataset(path, {
    ...downloadOptions(terminal),
    ...{ split, config, imageColumn, labelColumn, otherColumns },
  });
}
