import type { ImageSource } from "../../image/source.js";
import type { SearchResult } from "../../images/search/search.js";
import type { TablePictures } from "../../images/table/table-pictures.js";

/** Pictures that are in memory at a time. */
const AT_ONCE = 32;

/** Each result with its picture; without where that is gone, has changed, or came as an embedding alone. */
export async function* resultPictures(
  results: readonly SearchResult[],
  pictures: TablePictures,
): AsyncGenerator<[SearchResult, ImageSource | undefined]> {
  for (let at = 0; at < results.length; at += AT_ONCE) {
    const some = results.slice(at, at + AT_ONCE);
    const found = new Map<string, ImageSource>();
    for await (const { path, image } of pictures.read(some.map((result) => result.image))) {
      if (image) found.set(path, image);
    }
    for (const result of some) yield [result, found.get(result.image.path)];
  }
}
