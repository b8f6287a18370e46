import { printable } from "../../files/printable.js";
import { writeWholeFile } from "../../files/whole-file.js";
import { thumbnailUri } from "../../image/draw/thumbnail.js";
import type { ImageSource } from "../../image/source.js";
import type { SearchResult, SearchResults } from "../../images/search/search.js";
import type { TablePictures } from "../../images/table/table-pictures.js";
import { counted } from "../../math/number-text.js";
import { type SheetPicture, searchSheetHtml } from "../../report/search-sheet.js";
import { startProgress } from "../terminal/progress.js";
import type { Terminal } from "../terminal/terminal.js";
import { relativePath } from "./relative-path.js";
import { relevanceText } from "./relevance-text.js";
import { resultPictures } from "./result-pictures.js";

/** Longest side of a picture on the sheet: sharp on screens of twice the density. */
const SIDE = 384;

/** @throws NearlabelError `WRITE_FAILED` */
export async function writeSearchSheet(
  file: string,
  { results, relevance }: SearchResults,
  {
    pictures: stored,
    words,
    terminal,
  }: { readonly pictures: TablePictures; readonly words: string; readonly terminal: Terminal },
): Promise<void> {
  const progress = startProgress(terminal, "thumbnails", results.length);
  const best = results[0]?.relevance;
  const pictures: SheetPicture[] = [];
  for await (const [result, image] of resultPictures(results, stored)) {
    terminal.signal.throwIfAborted();
    pictures.push(await sheetPicture(result, image, best));
    progress.update(pictures.length);
  }
  progress.clear();
  const html = searchSheetHtml({
    title: printable(words),
    summary: `${counted(results.length, "picture")}${relevance && results.length > 0 ? ", by relevance" : ""}`,
    pictures,
    nothing: relevance?.absent ? "Nothing clearly looks like that." : "Nothing was found.",
  });
  await writeWholeFile(file, html);
}

async function sheetPicture(
  { image, relevance, similarity }: SearchResult,
  picture: ImageSource | undefined,
  best: number | undefined,
): Promise<SheetPicture> {
  const label = image.label ?? image.givenLabel;
  return {
    name: printable(relativePath(image.path)),
    // One that is gone leaves its place empty.
    thumbnail: picture && (await thumbnailUri(picture, { side: SIDE }).catch(() => undefined)),
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
