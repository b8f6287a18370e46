import type { DecodeOptions } from "../../image/decode/decode.js";
import { thumbnailsOf } from "../../report/thumbnails.js";
import type { Dataset } from "../../rows/dataset.js";
import { startProgress } from "../terminal/progress.js";
import type { Terminal } from "../terminal/terminal.js";

/** Small copies of the pictures with these ids, with progress. */
export async function shownThumbnails(
  dataset: Dataset,
  ids: readonly (string | number)[],
  decoding: Pick<DecodeOptions, "orientation" | "maxPixels">,
  terminal: Terminal,
): Promise<ReadonlyMap<string | number, string>> {
  const progress = startProgress(terminal, "thumbnails", new Set(ids).size);
  const { signal } = terminal;
  const thumbnails = await thumbnailsOf(dataset, ids, { decoding, signal, onProgress: progress.update });
  progress.clear();
  return thumbnails;
}
