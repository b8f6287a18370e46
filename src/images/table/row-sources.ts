import { createHash } from "node:crypto";
import { isObject, tryParseJson } from "../../files/json.js";
import type { DatasetOrigin } from "../../rows/dataset.js";
import type { ImageTable } from "./image-table.js";

/** Where rows come from that are no files of their own, so that their pictures can be read again. */
export interface RowSource extends DatasetOrigin {
  /** What stands before `#` in the paths of its rows. */
  readonly source: string;
}

/** An annotation for each, as two programs may add one at the same moment. */
const KEY = "source ";

/** The data sets that rows of a table came from. */
export async function rowSources({ table }: ImageTable): Promise<RowSource[]> {
  const { annotations } = await table.description();
  const values = [...annotations].flatMap(([key, text]) => (key.startsWith(KEY) ? [tryParseJson(text)] : []));
  return values.filter(
    (value) => isObject(value) && typeof value.source === "string",
  ) as unknown as RowSource[];
}

/** Remembers a data set that rows come from. */
export async function noteRowSource(
  { table }: ImageTable,
  { source, place, options }: RowSource,
): Promise<void> {
  const text = JSON.stringify({ source, place, options });
  const key = KEY + createHash("sha256").update(text).digest("hex").slice(0, 12);
  const { annotations } = await table.description();
  if (!annotations.has(key)) await table.annotate(key, text);
}
