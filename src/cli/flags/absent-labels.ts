import type { Dataset } from "../../rows/dataset.js";
import { type Terminal, writeLine } from "../terminal/terminal.js";

/**
 * Tells on stderr where labels of the data set have no picture among the first `limit` rows: data sets are often sorted by
 * label. Reads the labels of these rows, but no picture.
 *
 * @param advice what to do in the place of `--limit`
 */
export async function tellAbsentLabels(
  dataset: Dataset,
  limit: number | undefined,
  advice: string,
  { stderr, signal }: Pick<Terminal, "stderr" | "signal">,
): Promise<void> {
  const { name, labels = [], size } = dataset;
  if (limit === undefined || labels.length === 0 || (size !== undefined && size <= limit)) return;
  const absent = new Set(labels);
  for await (const { label } of dataset.rows({ end: limit, labelsOnly: true })) {
    signal.throwIfAborted();
    if (label !== undefined) absent.delete(label);
    if (absent.size === 0) return;
  }
  writeLine(
    stderr,
    `${name}: ${absent.size} of ${labels.length} labels have no picture among the first ${limit}: --limit takes the first rows; ${advice}.`,
  );
}
