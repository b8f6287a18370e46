import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { NearlabelError } from "../../errors.js";
import type { Label } from "../../labels/set/label.js";
import { labelSet, readLabels } from "../../labels/set/label-set.js";

/**
 * Labels from `--labels`, all of them together where it was given more than once: the file of that name where there is one,
 * else names with commas between. A name that holds a comma goes in double quotes, as in CSV.
 */
export async function labelsArgument(...texts: readonly string[]): Promise<readonly Label[]> {
  const [first = [], ...others] = await Promise.all(texts.map(labelsOf));
  return others.length === 0 ? first : labelSet([first, ...others].flat());
}

async function labelsOf(text: string): Promise<readonly Label[]> {
  // A folder is no label file; what else has a name can be read, be it a pipe.
  const found = await stat(text).catch(() => undefined);
  if (found && !found.isDirectory()) return readLabels(text);
  if (!found && (await looksLikeFile(text))) {
    throw new NearlabelError(
      "LABELS_INVALID",
      `No label file ${text}. Expected a file, or the labels themselves with commas between: --labels cat,dog.`,
    );
  }
  return labelSet(await commaSeparated(text));
}

/** Rather a mistyped file than one label: without a comma, and with an ending or in a folder that is there. */
async function looksLikeFile(text: string): Promise<boolean> {
  if (text.includes(",")) return false;
  if (/\.[A-Za-z]\w{1,7}$/.test(text)) return true;
  return (
    /[/\\]/.test(text) &&
    (await stat(dirname(text)).then(
      () => true,
      () => false,
    ))
  );
}

async function commaSeparated(text: string): Promise<string[]> {
  const { parse } = await import("csv-parse/sync");
  try {
    const rows: string[][] = parse(text, { trim: true, relax_column_count: true });
    return rows.flat();
  } catch (cause) {
    throw new NearlabelError(
      "LABELS_INVALID",
      `Could not read the labels ${text}: expected names with commas between, each with a comma or a quote in double quotes ("a, b",c).`,
      { cause },
    );
  }
}
