import { NearlabelError } from "../../errors.js";
import { parseCsv } from "../../files/csv.js";
import { isObject, parseJson } from "../../files/json.js";
import { textAt } from "../../objects/object-text.js";
import type { Dataset, ImageRow, Part } from "../dataset.js";
import { partOf, partsOf } from "../parts.js";

/** What a label set calls the labels of a data set. */
export type LabelMap = ReadonlyMap<string, string>;

/** `dataset` with its labels as `map` calls them; labels that are not in it stay as they are. */
export function mapLabels(dataset: Dataset, map: LabelMap): Dataset {
  const labels = dataset.labels && [...new Set(dataset.labels.map((label) => map.get(label) ?? label))];
  const mappedPart = (part: Part): Part => ({ ...part, rows: (options) => mapped(part.rows(options), map) });
  return {
    ...dataset,
    ...(labels && { labels }),
    rows: (options) => mapped(dataset.rows(options), map),
    async *parts() {
      for await (const part of partsOf(dataset)) yield mappedPart(part);
    },
    part: (key) => mappedPart(partOf(dataset, key)),
  };
}

async function* mapped(rows: AsyncIterable<ImageRow>, map: LabelMap): AsyncGenerator<ImageRow> {
  for await (const row of rows) {
    yield row.label === undefined ? row : { ...row, label: map.get(row.label) ?? row.label };
  }
}

/**
 * The label map of a file, or of an object such as `s3://bucket/map.csv`: CSV with the columns `from` and `to`, or a JSON object `{ "from": "to" }` (`.json`).
 * Throws `LABELS_INVALID` and `LABELS_DUPLICATE`, naming the file and the line or label.
 */
export async function readLabelMap(path: string): Promise<LabelMap> {
  return /\.json$/i.test(path) ? await jsonMap(path) : await csvMap(path);
}

async function jsonMap(path: string): Promise<LabelMap> {
  const content = parseJson(await textAt(path, "LABELS_INVALID"), path, "LABELS_INVALID");
  const entries = Object.entries(isObject(content) ? content : { "": content });
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
  const text = await textAt(path, "LABELS_INVALID");
  const map = new Map<string, string>();
  let columns: readonly string[] | undefined;
  for (const { line, cells } of parseCsv(text, `"${path}"`, "LABELS_INVALID", true)) {
    if (columns === undefined) columns = checkedHeader(path, line, cells);
    else addPair(map, path, line, columns, cells);
  }
  if (columns === undefined) throw invalid(path, 1, "an empty file");
  return map;
}

function checkedHeader(path: string, line: number, columns: readonly string[]): readonly string[] {
  const isRight = ["from", "to"].every((name) => columns.filter((column) => column === name).length === 1);
  if (!isRight) throw invalid(path, line, columns.join(","));
  return columns;
}

function addPair(
  map: Map<string, string>,
  path: string,
  line: number,
  columns: readonly string[],
  cells: readonly string[],
): void {
  if (cells.length !== columns.length) throw invalid(path, line, `${cells.length} cells`);
  const [from, to] = [cells[columns.indexOf("from")], cells[columns.indexOf("to")]];
  if (!from || !to) throw invalid(path, line, `"${from}" and "${to}"`);
  if (map.has(from)) {
    throw new NearlabelError("LABELS_DUPLICATE", `${path}, line ${line}: "${from}" comes twice. Remove one.`);
  }
  map.set(from, to);
}

function invalid(path: string, line: number, got: string): NearlabelError {
  return new NearlabelError(
    "LABELS_INVALID",
    `${path}, line ${line}: expected the columns from and to, with a label in each, got ${got}.`,
  );
}
