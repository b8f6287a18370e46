import { access } from "node:fs/promises";
import { join } from "node:path";
import { linesOf, readText } from "../../files/text.js";
import { labelOf } from "./columns.js";

/** The name that CLIP_benchmark gives the file of a data set's class names. */
const FILE_NAME = "classnames.txt";

/** The lines of a text file, each a name; blank lines at its end are left out. Throws `DATASET_INVALID`. */
export async function readNames(path: string): Promise<string[]> {
  return linesOf(await readText(path, "DATASET_INVALID"));
}

/** The class names that a `classnames.txt` in the first of `folders` that has one holds, one a line. */
export async function findClassNames(folders: readonly string[]): Promise<readonly string[] | undefined> {
  for (const folder of folders) {
    const path = join(folder, FILE_NAME);
    if (await exists(path)) return await readNames(path);
  }
  return undefined;
}

/** Whether anything is at `path`. */
export async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

/**
 * The label in a value of a text format: an integer in decimal counts as an integer where there are `classNames`
 * that it may stand for. None for nothing, `null`, lists and objects.
 */
export function labelOfText(value: unknown, classNames: readonly string[] | undefined): string | undefined {
  if (typeof value === "boolean") return String(value);
  if (typeof value !== "string") return labelOf(value, classNames);
  const text = value.trim();
  if (classNames && /^-?\d+$/.test(text)) return labelOf(Number(text), classNames);
  return text === "" ? undefined : text;
}
