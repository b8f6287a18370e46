import { DEFAULT_TEMPLATE } from "../chosen/labels.js";
import type { ChosenPicture } from "../chosen/pictures.js";

/** Labels that are written out; of more, a file is named in their place. */
const FEW = 30;

/** A text as one word of a command line. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** What `--labels` is given. */
export function labelsWord(labels: readonly string[]): string {
  return isLong(labels) ? "labels.txt" : shellWord(labels.map(csvCell).join(","));
}

/** Whether labels are read from a file in code. */
export function isLong(labels: readonly string[]): boolean {
  return labels.length > FEW;
}

/** Labels in TypeScript. */
export function labelsCode(labels: readonly string[]): string {
  return isLong(labels) ? 'await readLabels("labels.txt")' : JSON.stringify(labels);
}

/** The file of a picture, as somebody would name it. */
export function fileOf({ id, name }: ChosenPicture): string {
  return id.startsWith("~") ? name : `samples/${name}`;
}

/** Templates that must be named: others than the library takes by itself. */
export function ownTemplates(templates: readonly string[]): readonly string[] {
  return templates.length === 1 && templates[0] === DEFAULT_TEMPLATE ? [] : templates;
}

function csvCell(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
