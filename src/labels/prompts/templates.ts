import { listed, NearlabelError } from "../../errors.js";
import { parseJson } from "../../files/json.js";
import { readText } from "../../files/text.js";
import { listLines } from "../list-file.js";
import type { Label } from "../set/label.js";

/** Used where no templates are given; the wording of Radford et al. 2021, section 3.1.4, without the full stop. */
export const DEFAULT_TEMPLATES: readonly string[] = ["a photo of a {}"];

/** Where the class name goes: `{}`, `{label}`, or `{c}` as CLIP_benchmark writes it. */
const PLACEHOLDER = /\{(?:label|c)?\}/g;

/**
 * Checked templates: at least one, each with exactly one placeholder.
 *
 * @throws NearlabelError `TEMPLATE_INVALID`, which lists those that cannot be used.
 */
export function templateSet(input: string | readonly string[]): string[] {
  return checkedTemplates(typeof input === "string" ? [input] : input, "templates");
}

/**
 * The templates of a file: text with one a line, or JSON with an array of them, or an object of arrays such as
 * CLIP_benchmark's (data set -> templates), from which `key` chooses; an object with one array needs no key.
 *
 * @throws NearlabelError `TEMPLATE_INVALID`, which names the file.
 */
export async function readTemplates(path: string, key?: string): Promise<string[]> {
  const text = await readText(path, "TEMPLATE_INVALID");
  if (!path.toLowerCase().endsWith(".json")) {
    if (key !== undefined) throw oneList(path, key);
    return checkedTemplates(listLines(text, path, "TEMPLATE_INVALID", ".txt or .json"), path);
  }
  const content = parseJson(text, path, "TEMPLATE_INVALID");
  return checkedTemplates(chosenTemplates(content, path, key), path);
}

/** `template` with `className` in its placeholder. Nothing in the class name has a meaning: `$&` and `{}` stay. */
export function fillTemplate(template: string, className: string): string {
  return template.replace(PLACEHOLDER, () => className);
}

/** The prompts of a label: its own where it has them, else the templates, filled with its class name. */
export function promptsOf(label: Label, templates: string | readonly string[]): readonly string[] {
  const all = typeof templates === "string" ? [templates] : templates;
  return label.prompts ?? all.map((template) => fillTemplate(template, label.className));
}

function checkedTemplates(templates: unknown, source: string): string[] {
  if (!Array.isArray(templates) || templates.length === 0) {
    throw new NearlabelError(
      "TEMPLATE_INVALID",
      `${source}: expected at least one template, such as "${DEFAULT_TEMPLATES[0]}", got none.`,
    );
  }
  const wrong = templates.filter((template: unknown) => !hasOnePlaceholder(template));
  if (wrong.length > 0) {
    throw new NearlabelError(
      "TEMPLATE_INVALID",
      `${source}: each template needs one place for the class name, written {} or {label} or {c}; not so in ${listed(wrong.map((template) => JSON.stringify(template)))}.`,
    );
  }
  return [...templates];
}

function hasOnePlaceholder(template: unknown): boolean {
  return typeof template === "string" && template.match(PLACEHOLDER)?.length === 1;
}

function chosenTemplates(content: unknown, path: string, key: string | undefined): unknown {
  if (typeof content !== "object" || content === null) return undefined;
  if (Array.isArray(content)) {
    if (key === undefined) return content;
    throw oneList(path, key);
  }
  const lists = new Map<string, unknown>(Object.entries(content));
  const name = key ?? (lists.size === 1 ? lists.keys().next().value! : undefined);
  if (name !== undefined && lists.has(name)) return lists.get(name);
  const [first = ""] = lists.keys();
  const asked =
    key === undefined
      ? `holds several lists; name one behind the file, as in ${path}#${first}, or as the key of readTemplates`
      : `has no list "${key}"`;
  throw new NearlabelError("TEMPLATE_INVALID", `${path}: ${asked}. There are ${listed([...lists.keys()])}.`);
}

function oneList(path: string, key: string): NearlabelError {
  return new NearlabelError(
    "TEMPLATE_INVALID",
    `${path}: holds one list, so "${key}" cannot be chosen from it.`,
  );
}
