import { printable, printableJson } from "../../files/printable.js";
import type { SearchResult, SearchResults } from "../../images/search/search.js";
import { sevenDigits } from "../../math/digits.js";
import { relativePath } from "./relative-path.js";

/** All that was found, as one object. */
export function searchJson({ results, nearest, ...rest }: SearchResults): string {
  const { relevance } = rest;
  const cut = relevance && {
    ...relevance,
    ...(relevance.best !== undefined && { best: sevenDigits(relevance.best) }),
    present: sevenDigits(relevance.present),
    least: sevenDigits(relevance.least),
  };
  const told = {
    ...{ ...rest, ...(cut && { relevance: cut }) },
    ...(nearest && { nearest: nearest.map(plain) }),
    results: results.map(plain),
  };
  return `${printableJson(told, 2, plainCell)}\n`;
}

/** One object a line. */
export function searchJsonLines({ results }: SearchResults): string {
  return results.map((result) => `${printableJson(plain(result), 0, plainCell)}\n`).join("");
}

const CSV_COLUMNS = [
  "rank",
  "path",
  "similarity",
  "relevance",
  "label",
  "given_label",
  "width",
  "height",
  "taken",
  "id",
];

/** One line a picture. */
export async function searchCsv({ results }: SearchResults): Promise<string> {
  const { stringify } = await import("csv-stringify/sync");
  const lines = results
    .map(plain)
    .map((result) => [
      ...[result.rank, result.path, result.similarity, result.relevance ?? ""],
      ...[result.label ?? "", result.givenLabel ?? "", result.width ?? "", result.height ?? ""],
      ...[result.taken?.toISOString() ?? "", result.id],
    ]);
  return stringify([CSV_COLUMNS, ...lines]);
}

/** Paths alone: from the working folder where they lie in it, so that what was typed and what comes out fit together. */
export function searchPaths({ results }: SearchResults, nul: boolean): string {
  const paths = results.map(({ image }) => relativePath(image.path));
  return paths.map((path) => (nul ? `${path}\0` : `${printable(path)}\n`)).join("");
}

function plain({ rank, image, similarity, relevance }: SearchResult) {
  return {
    rank,
    similarity: sevenDigits(similarity),
    ...(relevance !== undefined && { relevance: sevenDigits(relevance) }),
    ...image,
  };
}

/** JSON has no numbers of 64 bits; as text none is lost. */
function plainCell(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
