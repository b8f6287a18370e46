import { NearlabelError } from "../../errors.js";
import { parseCsv } from "../../files/csv.js";
import { parseJson } from "../../files/json.js";
import { listLines } from "../list-file.js";

/** What a file or an array holds in the place of one label, not yet checked, and where: `line 3`, `position 2`. */
export interface LabelEntry {
  readonly value: unknown;
  readonly where: string;
}

const CSV_COLUMNS = ["label", "class_name", "prompts", "parent"];

/** The entries of a label file, by the extension of `path`: `.json`, `.csv`, or text with one label a line. */
export function labelEntries(text: string, path: string): LabelEntry[] {
  const name = path.toLowerCase();
  if (name.endsWith(".json")) return jsonEntries(text, path);
  if (name.endsWith(".csv")) return csvEntries(text, path);
  const lines = listLines(text, path, "LABELS_INVALID", ".txt, .csv or .json");
  return lines.map((value, index) => ({ value, where: `line ${index + 1}` }));
}

/** An array of labels, or an object: label -> class name, label -> prompts, or ImageNet's class index. */
function jsonEntries(text: string, path: string): LabelEntry[] {
  const content = parseJson(text, path, "LABELS_INVALID");
  if (Array.isArray(content)) {
    return content.map((value: unknown, position) => ({ value, where: `position ${position}` }));
  }
  if (typeof content !== "object" || content === null) {
    throw new NearlabelError(
      "LABELS_INVALID",
      `${path}: expected a JSON array of labels or an object of labels, got ${JSON.stringify(content)}.`,
    );
  }
  const entries = Object.entries(content);
  const ofImageNet = entries.length > 0 && entries.every(isImageNetEntry);
  return entries.map(([label, value]: [string, unknown]) => ({
    value: ofImageNet
      ? { label: (value as string[])[0], className: (value as string[])[1]!.replaceAll("_", " ") }
      : Array.isArray(value)
        ? { label, prompts: value }
        : { label, className: value },
    where: `key ${JSON.stringify(label)}`,
  }));
}

/** Of ImageNet's class index, position -> [synset, name], whose pictures are filed by synset: `"0": ["n01440764", "tench"]`. */
function isImageNetEntry([key, value]: [string, unknown]): boolean {
  return (
    /^\d+$/.test(key) &&
    Array.isArray(value) &&
    value.length === 2 &&
    /^n\d{8}$/.test(String(value[0])) &&
    typeof value[1] === "string"
  );
}

function csvEntries(text: string, path: string): LabelEntry[] {
  const [header, ...records] = parseCsv(text, path, "LABELS_INVALID", false);
  if (!header) return [];
  const columns = csvColumns(header.cells, path);
  return records.map(({ line, cells }) => {
    if (cells.length !== columns.length) {
      throw new NearlabelError(
        "LABELS_INVALID",
        `${path}, line ${line}: expected ${columns.length} cells, as in the header, got ${cells.length}.`,
      );
    }
    const cell = (name: string) => cells[columns.indexOf(name)] || undefined;
    const prompts = cell("prompts")
      ?.split("|")
      .map((prompt) => prompt.trim())
      .filter((prompt) => prompt !== "");
    const value = {
      label: cell("label") ?? "",
      className: cell("class_name"),
      parent: cell("parent"),
      prompts,
    };
    return { value, where: `line ${line}` };
  });
}

function csvColumns(header: readonly string[], path: string): readonly string[] {
  const columns = header.map((name) => name.trim());
  const unknown = columns.filter((name) => !CSV_COLUMNS.includes(name));
  const repeated = columns.length !== new Set(columns).size;
  if (!columns.includes("label") || unknown.length > 0 || repeated) {
    throw new NearlabelError(
      "LABELS_INVALID",
      `${path}, line 1: expected a header with label and any of class_name, prompts, parent, once each, got ${columns.join(", ")}.`,
    );
  }
  return columns;
}
