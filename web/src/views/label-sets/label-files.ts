import type { Label } from "nearlabel/client";

const COLUMNS = ["label", "class_name", "prompts", "parent"] as const;

/**
 * The labels of a file as the library reads it too: `.json`, an array of names or objects; `.csv` with a header; or text, one a line.
 * @throws Error that says what is wrong
 */
export async function readLabelFile(file: File): Promise<readonly Label[]> {
  const content = (await file.text()).replace(/^\uFEFF/, "");
  if (file.name.toLowerCase().endsWith(".json")) return jsonLabels(JSON.parse(content));
  if (file.name.toLowerCase().endsWith(".csv")) return csvLabels(content);
  return content
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((label) => ({ label }));
}

export function csvOf(labels: readonly Label[]): string {
  const lines = labels.map(({ label, className, prompts, parent }) => [
    label,
    className,
    prompts?.join(" | "),
    parent,
  ]);
  return [COLUMNS, ...lines].map((cells) => `${cells.map(cellOf).join(",")}\n`).join("");
}

export function jsonOf(labels: readonly Label[]): string {
  return `${JSON.stringify(labels, null, 2)}\n`;
}

/** Has the browser save a text as a file. */
export function saveFile(name: string, content: string): void {
  const url = URL.createObjectURL(new Blob([content]));
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

function jsonLabels(content: unknown): readonly Label[] {
  const { labels = content } = Object(content) as { labels?: unknown };
  if (!Array.isArray(labels)) throw new Error("Expected a JSON array of labels.");
  return labels.map((each) => (typeof each === "string" ? { label: each } : (each as Label)));
}

function csvLabels(content: string): readonly Label[] {
  const [header = [], ...records] = recordsOf(content);
  const columns = header.map((cell) => cell.trim());
  if (!columns.includes("label")) throw new Error(`Expected a first line with ${COLUMNS.join(", ")}.`);
  return records.map((cells) => {
    const cell = (name: (typeof COLUMNS)[number]) => cells[columns.indexOf(name)]?.trim() || undefined;
    const [className, parent] = [cell("class_name"), cell("parent")];
    const prompts = cell("prompts")
      ?.split("|")
      .map((prompt) => prompt.trim())
      .filter((prompt) => prompt !== "");
    return {
      label: cell("label") ?? "",
      ...(className && { className }),
      ...(prompts && { prompts }),
      ...(parent && { parent }),
    };
  });
}

/** Cells between commas, in double quotes where they hold commas, quotes or line breaks (RFC 4180). */
function recordsOf(content: string): string[][] {
  const records: string[][] = [[]];
  for (const [, quoted, plain, end] of content.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    records.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain ?? "");
    if (end !== ",") records.push([]);
  }
  return records.filter((cells) => cells.some((cell) => cell !== ""));
}

function cellOf(text = ""): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
