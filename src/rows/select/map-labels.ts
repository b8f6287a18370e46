import { fieldsOf } from "../../datasets/columns/declared-types.js";
import { manifestColumns, readManifest } from "../../datasets/folders/manifest-file.js";
import { NearlabelError } from "../../errors.js";
import { parseJson } from "../../files/json.js";
import { readText } from "../../files/text.js";
import type { Dataset, ImageRow } from "../dataset.js";

/** What a label set calls the labels of a data set. */
export type LabelMap = ReadonlyMap<string, string>;

/** `dataset` with its labels as `map` calls them; labels that are not in it stay as they are. */
export function mapLabels(dataset: Dataset, map: LabelMap): Dataset {
  const labels = dataset.labels && [...new Set(dataset.labels.map((label) => map.get(label) ?? label))];
  return { ...dataset, ...(labels && { labels }), rows: (range) => mapped(dataset.rows(range), map) };
}

async function* mapped(rows: AsyncIterable<ImageRow>, map: LabelMap): AsyncGenerator<ImageRow> {
  for await (const row of rows) {
    yield row.label === undefined ? row : { ...row, label: map.get(row.label) ?? row.label };
  }
}

/**
 * The label map of a file: CSV with the columns `from` and `to`, or a JSON object `{ "from": "to" }` (`.json`).
 * Throws `LABELS_INVALID` and `LABELS_DUPLICATE`, naming the file and the line or label, and for a file that is no CSV
 * `DATASET_INVALID`.
 */
export async function readLabelMap(path: string): Promise<LabelMap> {
  return /\.json$/i.test(path) ? await jsonMap(path) : await csvMap(path);
}

async function jsonMap(path: string): Promise<LabelMap> {
  const content = parseJson(await readText(path, "LABELS_INVALID"), path, "LABELS_INVALID");
  const entries = Object.entries(fieldsOf(content) ?? { "": content });
  const wrong = entries.find(([from, to]) => from === "" || typeof to !== "string" || to === "");
  if (wrong) {
    throw new NearlabelError(
      "LABELS_INVALID",
      `${path}: expected a JSON object from labels to labels, got ${JSON.stringify(wrong[1])} for "${wrong[0]}".`,
    );
  }
  return new Map(entries as [string, string][]);
}

async function csvMap(path: string): Promise<LabelMap> {
  await readText(path, "LABELS_INVALID");
  const columns = await manifestColumns(path);
  if (!columns.includes("from") || !columns.includes("to")) throw invalid(path, 1, columns.join(","));
  const map = new Map<string, string>();
  for await (const { line, values } of readManifest(path, columns, ["from", "to"])) {
    const [from, to] = (values ?? []) as string[];
    if (!from || !to) throw invalid(path, line, values ? `"${from}" and "${to}"` : "other cells");
    if (map.has(from)) {
      throw new NearlabelError(
        "LABELS_DUPLICATE",
        `${path}, line ${line}: "${from}" comes twice. Remove one.`,
      );
    }
    map.set(from, to);
  }
  return map;
}

function invalid(path: string, line: number, got: string): NearlabelError {
  return new NearlabelError(
    "LABELS_INVALID",
    `${path}, line ${line}: expected the columns from and to, with a label in each, got ${got}.`,
  );
}
