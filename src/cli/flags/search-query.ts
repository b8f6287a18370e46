import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { NearlabelError } from "../../errors.js";
import { imageFile } from "../../image/image-file.js";
import type { ImageTerm, SearchQuery, TextTerm } from "../../images/search/query.js";
import { isObjectAddress } from "../../objects/address.js";
import { bytesAt } from "../../objects/object-text.js";

export interface QueryFlags {
  image?: string[];
  minus?: string[];
}

/** What was typed: what is looked for, and the folder that is searched, where one was named. */
export interface TypedQuery {
  readonly query: Exclude<SearchQuery, string>;
  readonly folder?: string;
}

/**
 * Words, and where the last of several is a folder, that. `--image` counts as a word: with it one argument may be the folder.
 *
 * @throws NearlabelError `OPTION_INVALID`, `INPUT_EMPTY` where the last is meant for a folder that is not there
 */
export async function typedQuery(
  args: readonly string[],
  { image = [], minus = [] }: QueryFlags,
): Promise<TypedQuery> {
  const last = args.at(-1);
  const folder =
    last !== undefined && (args.length > 1 || image.length > 0) ? await folderIn(last) : undefined;
  const words = folder === undefined ? args : args.slice(0, -1);
  const query = [
    ...words.map((text): TextTerm => textTerm(text, 1)),
    ...(await Promise.all(image.map(imageTerm))),
    ...minus.map((text): TextTerm => textTerm(text, -1)),
  ];
  if (words.length + image.length > 0) return { query, ...(folder !== undefined && { folder }) };
  throw new NearlabelError(
    "OPTION_INVALID",
    'Nothing to look for. Expected words, such as "a dog on a beach", or a picture with --image.',
  );
}

async function folderIn(argument: string): Promise<string | undefined> {
  const found = await stat(argument).catch(() => undefined);
  if (found?.isDirectory()) return argument;
  if (!/[/\\]$/.test(argument)) return undefined;
  throw new NearlabelError("INPUT_EMPTY", `There is no folder "${argument}".`);
}

/** `dog:2` weighs 2. */
const WEIGHTED = /^(.*):(-?\d+(?:\.\d+)?)$/s;

function textTerm(typed: string, sign: number): TextTerm {
  const [, text = typed, weight = "1"] = WEIGHTED.exec(typed) ?? [];
  return { text, weight: sign * Number(weight) };
}

async function imageTerm(typed: string): Promise<ImageTerm> {
  const [, file = typed, weight = "1"] = existsSync(typed) ? [] : (WEIGHTED.exec(typed) ?? []);
  const image = isObjectAddress(file) ? await bytesAt(file, "IMAGE_NOT_FOUND") : imageFile(file);
  return { image, weight: Number(weight) };
}
