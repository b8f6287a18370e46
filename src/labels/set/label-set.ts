import { listed, NearlabelError } from "../../errors.js";
import { textAt } from "../../objects/object-text.js";
import type { Label } from "./label.js";
import { type LabelEntry, labelEntries } from "./label-formats.js";

/** A label as a string, or as an object in which `className`, `prompts` and `parent` may be left out. */
export type LabelInput = string | (Pick<Label, "label"> & Partial<Label>);

const FIELDS = ["label", "className", "prompts", "parent"];

/**
 * The label set of strings, of objects, or of a data set's class names, in the order given. `aquarium_fish` gets
 * the class name `aquarium fish`; labels themselves stay as they are.
 *
 * @throws NearlabelError `LABELS_EMPTY`, `LABELS_DUPLICATE` or `LABELS_INVALID`, which list the positions (from 0).
 */
export function labelSet(input: readonly LabelInput[]): Label[] {
  if (!Array.isArray(input)) {
    throw new NearlabelError("LABELS_INVALID", `Expected labels to be an array, got ${kindOf(input)}.`);
  }
  return checkedLabels(
    input.map((value: unknown, position) => ({ value, where: `position ${position}` })),
    "labels",
  );
}

/**
 * The label set of a file, or of an object such as `s3://bucket/animals.csv`: `.json` and `.csv` by their extension, else a text file with one label a line. UTF-8,
 * with or without a byte order mark. `docs/labels.md` describes the forms.
 *
 * @throws NearlabelError `LABELS_EMPTY`, `LABELS_DUPLICATE` or `LABELS_INVALID`, which name the file and the lines; of objects
 * `OBJECTS_NOT_FOUND`, `OBJECTS_REFUSED`, `OBJECTS_UNAVAILABLE` too.
 */
export async function readLabels(path: string): Promise<Label[]> {
  const text = await textAt(path, "LABELS_INVALID");
  return checkedLabels(labelEntries(text, path), path);
}

function checkedLabels(entries: readonly LabelEntry[], source: string): Label[] {
  if (entries.length === 0) {
    throw new NearlabelError("LABELS_EMPTY", `${source}: expected at least one label, got none.`);
  }
  const empty = entries.filter(({ value }) => isBlank(textOf(value)));
  refuse(
    "LABELS_EMPTY",
    `${source}: empty labels`,
    empty.map(({ where }) => where),
  );
  const problems = entries.flatMap(({ value, where }) => {
    const problem = problemOf(value);
    return problem === undefined ? [] : [`${where}: ${problem}`];
  });
  refuse("LABELS_INVALID", `${source}: labels that cannot be used`, problems);
  refuse("LABELS_DUPLICATE", `${source}: labels given more than once`, duplicates(entries));
  return entries.map(({ value }) => labelOf(value as LabelInput));
}

function refuse(code: "LABELS_EMPTY" | "LABELS_INVALID" | "LABELS_DUPLICATE", what: string, items: string[]) {
  if (items.length > 0) throw new NearlabelError(code, `${what} (${items.length}): ${listed(items)}.`);
}

function duplicates(entries: readonly LabelEntry[]): string[] {
  const places = new Map<unknown, string[]>();
  for (const { value, where } of entries) {
    const label = textOf(value);
    const before = places.get(label);
    if (before) before.push(where);
    else places.set(label, [where]);
  }
  const repeated = [...places].filter(([, where]) => where.length > 1);
  return repeated.map(([label, where]) => `${JSON.stringify(label)} (${where.slice(0, 10).join(", ")})`);
}

/** What keeps `value` from being a label, if anything does. */
function problemOf(value: unknown): string | undefined {
  if (typeof value === "string") return nameProblem("label", value);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return `expected a string or an object with a label, got ${kindOf(value)}`;
  }
  const unknown = Object.keys(value).filter((field) => !FIELDS.includes(field));
  if (unknown.length > 0) return `unknown field ${unknown.join(", ")}; the fields are ${FIELDS.join(", ")}`;
  const { label, className, prompts, parent } = value as Partial<Record<keyof Label, unknown>>;
  return (
    nameProblem("label", label) ??
    (className === undefined ? undefined : nameProblem("className", className)) ??
    (parent === undefined ? undefined : nameProblem("parent", parent)) ??
    (prompts === undefined ? undefined : promptsProblem(prompts))
  );
}

/** As {@link textProblem}; prompts alone may have line breaks and tabs, which tokenizers take for spaces. */
function nameProblem(name: string, value: unknown): string | undefined {
  const problem = textProblem(name, value);
  if (problem !== undefined || !/\p{Cc}/u.test(value as string)) return problem;
  return `${name} ${JSON.stringify(value)} has characters that do not show, such as tabs or line breaks`;
}

function promptsProblem(prompts: unknown): string | undefined {
  if (!Array.isArray(prompts) || prompts.length === 0) {
    return `expected prompts to be an array of at least one string, got ${kindOf(prompts)}`;
  }
  return prompts.map((prompt: unknown) => textProblem("each prompt", prompt)).find(Boolean);
}

function textProblem(name: string, value: unknown): string | undefined {
  if (typeof value !== "string") return `expected ${name} to be a string, got ${kindOf(value)}`;
  if (isBlank(value)) return `expected ${name} to have text, got ${JSON.stringify(value)}`;
  // Half of a surrogate pair cannot be stored as UTF-8: it would come back as another character.
  if (Buffer.from(value).toString() !== value) return `${name} ${JSON.stringify(value)} is not valid Unicode`;
  return undefined;
}

function labelOf(input: LabelInput): Label {
  const { label, className, prompts, parent }: Partial<Label> & Pick<Label, "label"> =
    typeof input === "string" ? { label: input } : input;
  return {
    label,
    className: className ?? classNameOf(label),
    ...(prompts && { prompts: [...prompts] }),
    ...(parent !== undefined && { parent }),
  };
}

function classNameOf(label: string): string {
  return label.replaceAll("_", " ").trim() || label;
}

function textOf(value: unknown): unknown {
  return typeof value === "object" && value !== null && "label" in value ? value.label : value;
}

function isBlank(value: unknown): boolean {
  return typeof value === "string" && value.trim() === "";
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "an empty array" : "an array";
  return value === null || value === undefined ? String(value) : `a value of type ${typeof value}`;
}
