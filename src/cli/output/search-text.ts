import { printable } from "../../files/printable.js";
import { decodeImage } from "../../image/decode/decode.js";
import type { ImageSource, Size } from "../../image/source.js";
import type { SearchResult, SearchResults } from "../../images/search/search.js";
import type { TablePictures } from "../../images/table/table-pictures.js";
import { count, counted } from "../../math/number-text.js";
import { drawPicture } from "../terminal/picture.js";
import { tableLines } from "../terminal/table.js";
import { colour, roomOf, type Terminal } from "../terminal/terminal.js";
import { relativePath } from "./relative-path.js";
import { relevanceText } from "./relevance-text.js";
import { resultPictures } from "./result-pictures.js";

/** Columns of a small picture. */
const PICTURE = 16;

/** The pictures found for people: with small pictures where the terminal shows them, else a table. */
export async function searchText(
  { results }: SearchResults,
  pictures: TablePictures,
  terminal: Terminal,
): Promise<string> {
  if (results.length === 0) return "";
  const { stdout } = terminal;
  if (!stdout.isTTY || stdout.getColorDepth() < 8) return tableText(results, stdout);
  const blocks: string[] = [];
  for await (const [result, image] of resultPictures(results, pictures)) {
    if (terminal.signal.aborted) break;
    blocks.push(blockText(result, image ? await drawn(image, terminal) : [], terminal));
  }
  return blocks.join("\n");
}

function tableText(results: readonly SearchResult[], stdout: Terminal["stdout"]): string {
  const hasRelevance = results.some(({ relevance }) => relevance !== undefined);
  const columns = [
    { header: "", align: "right" },
    { header: "picture" },
    ...(hasRelevance ? [{ header: "relevance", align: "right" } as const] : []),
    { header: "similarity", align: "right" },
    { header: "size", align: "right", dispensable: 2 },
    { header: "label", dispensable: 1 },
  ] as const;
  const rows = results.map(({ rank, image, relevance, similarity }) => [
    String(rank),
    relativePath(image.path),
    ...(hasRelevance ? [relevance === undefined ? "" : relevanceText(relevance)] : []),
    similarity.toFixed(3),
    sizeText(image),
    image.label ?? image.givenLabel ?? "",
  ]);
  const [header = "", ...lines] = tableLines(columns, rows, roomOf(stdout));
  return `${[colour(stdout, "dim", header), ...lines].join("\n")}\n`;
}

/** The picture to the left, what is known of it to the right. */
function blockText(result: SearchResult, picture: readonly string[], { stdout }: Terminal): string {
  const { rank, image, relevance, similarity } = result;
  const near = `${relevance === undefined ? "" : `relevance ${relevanceText(relevance)}, `}similarity ${similarity.toFixed(3)}`;
  const facts = [
    image.label ?? image.givenLabel ?? "",
    [sizeText(image), image.taken?.toISOString().slice(0, 10)].filter(Boolean).join(", "),
  ];
  const texts = [
    `${colour(stdout, "bold", String(rank))}  ${colour(stdout, [], relativePath(image.path))}`,
    ...[near, ...facts.filter((fact) => fact !== "")].map((text) => `   ${colour(stdout, "dim", text)}`),
  ];
  const lines = Math.max(picture.length, texts.length);
  const blank = " ".repeat(PICTURE);
  return Array.from({ length: lines }, (_, line) => `${picture[line] ?? blank}  ${texts[line] ?? ""}\n`).join(
    "",
  );
}

function sizeText({ width, height }: SearchResult["image"]): string {
  return width === null || height === null ? "" : `${width} x ${height}`;
}

/** No lines for one that cannot be decoded. */
async function drawn(image: ImageSource, terminal: Terminal): Promise<string[]> {
  const pixels = await decodeImage(image, { decode: "fast" }, inTerminal).catch(() => undefined);
  return pixels ? drawPicture(pixels, terminal, PICTURE) : [];
}

/** More pixels than are shown. */
function inTerminal({ width, height }: Size): Size {
  return { width: 4 * PICTURE, height: Math.ceil((4 * PICTURE * height) / width) };
}

/** What a person should know of the results, a line each: how many, whether there are more, or that nothing looks like the query. */
export function searchNotes(
  { results, more, relevance, nearest = [] }: SearchResults,
  { pictures, words, all }: { readonly pictures: number; readonly words: string; readonly all: boolean },
): string[] {
  const among = counted(pictures, "picture");
  if (pictures === 0) return ["There are no pictures to search."];
  if (results.length === 0 && relevance?.best === undefined) {
    return [`None of ${among} is left by the filter.`];
  }
  if (results.length === 0 && relevance?.absent) {
    const near = nearest.map(
      (result) => `${printable(relativePath(result.image.path))} (${relevanceText(result.relevance!)})`,
    );
    return [
      `Nothing in ${among} clearly looks like ${words}: chance alone gives a relevance of up to ${relevanceText(relevance.present)}.`,
      `Nearest: ${near.join(", ")}. --all shows them.`,
    ];
  }
  const next = more ? `; there are more, --limit and --offset show them` : "";
  const end = !more && relevance && !all ? "; relevance ends there, --all goes on" : "";
  return [`${count(results.length)} of ${among}${next}${end}.`];
}
