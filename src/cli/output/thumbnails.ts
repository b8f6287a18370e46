import { NearlabelError } from "../../errors.js";
import type { DecodeOptions } from "../../image/decode/decode.js";
import { thumbnailOf } from "../../image/draw/thumbnail.js";
import type { Dataset } from "../../rows/dataset.js";
import { startProgress } from "../terminal/progress.js";
import type { Terminal } from "../terminal/terminal.js";

/** Small copies of the pictures with these ids. Reads the data set once more, up to the last of them. */
export async function thumbnailsOf(
  dataset: Dataset,
  ids: readonly (string | number)[],
  decoding: Pick<DecodeOptions, "orientation" | "maxPixels">,
  terminal: Terminal,
): Promise<ReadonlyMap<string | number, string>> {
  const wanted = new Set(ids);
  const total = wanted.size;
  const thumbnails = new Map<string | number, string>();
  const progress = startProgress(terminal, "thumbnails", total);
  for await (const { id, image } of total > 0 ? dataset.rows() : []) {
    terminal.signal.throwIfAborted();
    if (!wanted.delete(id)) continue;
    const thumbnail = await thumbnailOf(image, decoding).catch(passOver);
    if (thumbnail !== undefined) thumbnails.set(id, thumbnail);
    progress.update(total - wanted.size);
    if (wanted.size === 0) break;
  }
  progress.clear();
  return thumbnails;
}

/** A picture that changed since it was evaluated leaves a gap in the report and does not end it. */
function passOver(error: unknown): undefined {
  if (!(error instanceof NearlabelError)) throw error;
}
