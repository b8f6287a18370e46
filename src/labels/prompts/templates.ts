import { listed, NearlabelError } from "../../errors.js";
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

/** `template` with `className` in its placeholder. Nothing in the class name has a meaning: `$&` and `{}` stay. */
export function fillTemplate(template: string, className: string): string {
  return template.replace(PLACEHOLDER, () => className);
}

/** The prompts of a label: its own where it has them, else the templates, filled with its class name. */
export function promptsOf(label: Label, templates: string | readonly string[]): readonly string[] {
  const all = typeof templates === "string" ? [templates] : templates;
  return label.prompts ?? all.map((template) => fillTemplate(template, label.className));
}

/** @param source what messages call them */
export function checkedTemplates(templates: unknown, source: string): string[] {
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
