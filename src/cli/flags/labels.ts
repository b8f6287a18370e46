import { stat } from "node:fs/promises";
import { extname } from "node:path";
import { Option } from "commander";
import { NearlabelError } from "../../errors.js";
import { parseCsv } from "../../files/csv.js";
import type { Label } from "../../labels/set/label.js";
import { labelSet, readLabels } from "../../labels/set/label-set.js";
import { isObjectAddress } from "../../objects/address.js";
import { collect } from "./options.js";

/** `--labels` of a command that takes one label set, which may be given in parts. */
export const labelsOption = () =>
  new Option(
    "-l, --labels <names|file>",
    "names with commas between, or a .txt, .csv or .json file; more may follow with another --labels",
  ).argParser(collect);

/** The label set of what `--labels` was given, in the order given. */
export async function labelsOf(texts: readonly string[]): Promise<readonly Label[]> {
  const parts = await Promise.all(texts.map(labelsArgument));
  return parts.length === 1 ? parts[0]! : labelSet(parts.flat());
}

/**
 * Labels from one text: the object at an address, the file of that name where there is one, else names with commas between, without the spaces around
 * them. A name that holds a comma goes in double quotes, as in CSV.
 */
export async function labelsArgument(text: string): Promise<readonly Label[]> {
  if (isObjectAddress(text) || (await isFile(text))) return readLabels(text);
  if (looksLikeFile(text)) {
    throw new NearlabelError(
      "LABELS_INVALID",
      `No label file ${text}. Expected a file, or the labels themselves with commas between: --labels cat,dog. A label that looks like a file goes in double quotes within the quotes of your shell: --labels '"${text}"'.`,
    );
  }
  return labelSet(commaSeparated(text));
}

/** A folder is none: a label may well be called like one. A pipe is. */
async function isFile(text: string): Promise<boolean> {
  const found = await stat(text).catch(() => undefined);
  return found !== undefined && !found.isDirectory();
}

/** One word with a path or an ending, such as `./labels` or `labels.yaml`: rather a mistyped file than a label. */
function looksLikeFile(text: string): boolean {
  if (/\.(?:txt|csv|json)$/i.test(text)) return true;
  if (/[\s,"]/.test(text)) return false;
  return /[/\\]/.test(text) || /^\.[a-z][a-z0-9]{1,5}$/i.test(extname(text));
}

function commaSeparated(text: string): string[] {
  try {
    return parseCsv(text, "--labels", "LABELS_INVALID", true).flatMap(({ cells }) => cells);
  } catch (cause) {
    throw new NearlabelError(
      "LABELS_INVALID",
      `Could not read the labels ${text}: expected names with commas between, each with a comma or a quote in double quotes ("a, b",c).`,
      { cause },
    );
  }
}
