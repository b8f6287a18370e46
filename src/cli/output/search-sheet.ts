import { writeFile } from "node:fs/promises";
import { NearlabelError, reasonOf } from "../../errors.js";
import { printable } from "../../files/printable.js";
import { thumbnailJpeg } from "../../image/draw/thumbnail.js";
import { imageFile } from "../../image/image-file.js";
import type { SearchResult, SearchResults } from "../../images/search/search.js";
import { counted } from "../../math/number-text.js";
import { type SheetPicture, searchSheetHtml } from "../../report/search-sheet.js";
import { startProgress } from "../terminal/progress.js";
import type { Terminal } from "../terminal/terminal.js";
import { relativePath } from "./relative-path.js";
import { relevanceText } from "./relevance-text.js";

/** Longest side of a picture on the sheet: sharp on screens of twice the density. */
const SIDE = 384;

/** @throws NearlabelError `WRITE_FAILED` */
export async function writeSearchSheet(
  file: string,
  { results, relevance }: SearchResults,
  { words, terminal }: { readonly words: string; readonly terminal: Terminal },
): Promise<void> {
  const progress = startProgress(terminal, "thumbnails", results.length);
  const best = results[0]?.relevance;
  const pictures: SheetPicture[] = [];
  for (const result of results) {
    terminal.signal.throwIfAborted();
    pictures.push(await sheetPicture(result, best));
    progress.update(pictures.length);
  }
  progress.clear();
  const html = searchSheetHtml({
    title: printable(words),
    summary: `${counted(results.length, "picture")}${relevance && results.length > 0 ? ", by relevance" : ""}`,
    pictures,
    nothing: relevance?.absent ? "Nothing clearly looks like that." : "Nothing was found.",
  });
  await writeFile(file, html).catch((cause: unknown) => {
    throw new NearlabelError("WRITE_FAILED", `${file}: could not be written: ${reasonOf(cause)}.`, { cause });
  });
}

async function sheetPicture(
  { image, relevance, similarity }: SearchResult,
  best: number | undefined,
): Promise<SheetPicture> {
  const label = image.label ?? image.givenLabel;
  return {
    name: printable(relativePath(image.path)),
    // A picture that is gone, or no file here, leaves its place empty.
    thumbnail: await dataUri(image.path).catch(() => undefined),
    width: image.width,
    height: image.height,
    facts: [
      ...(label === null ? [] : [printable(label)]),
      relevance === undefined
        ? `similarity ${similarity.toFixed(3)}`
        : `relevance ${relevanceText(relevance)}`,
    ],
    ...(relevance !== undefined && best !== undefined && best > 0 && { share: relevance / best }),
  };
}

async function dataUri(path: string): Promise<string> {
  return `data:image/jpeg;base64,${(await thumbnailJpeg(imageFile(path), SIDE)).toString("base64")}`;
}
