import { existsSync } from "node:fs";
import { NearlabelError } from "../../errors.js";
import type { Label } from "../../labels/set/label.js";
import { labelSet, readLabels } from "../../labels/set/label-set.js";

/**
 * Labels from `--labels`: the file of that name where there is one, else names with commas between. A name that
 * holds a comma goes in double quotes, as in CSV.
 */
export async function labelsArgument(text: string): Promise<readonly Label[]> {
  if (existsSync(text)) return readLabels(text);
  if (/\.(txt|csv|json)$/i.test(text)) {
    throw new NearlabelError(
      "LABELS_INVALID",
      `No label file ${text}. Expected a file, or the labels themselves with commas between: --labels cat,dog.`,
    );
  }
  return labelSet(await commaSeparated(text));
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
