import { codedError, NearlabelError } from "../../errors.js";
import { hubSettingsFromEnvironment } from "../../hub/protocol/settings.js";
import { contentHash } from "../../image/content-hash.js";
import { imageFile } from "../../image/image-file.js";
import type { ImageSource } from "../../image/source.js";
import { isObjectAddress } from "../../objects/address.js";
import type { Dataset } from "../../rows/dataset.js";
import { objectRow } from "../../rows/picture-row.js";
import { rowsWithIds } from "../../rows/select/rows-with-ids.js";
import type { ImageTable } from "./image-table.js";
import { rowPaths } from "./row-paths.js";
import { type RowSource, rowSources } from "./row-sources.js";
import type { StoredImage } from "./stored-image.js";

/** What is known of a picture that is looked for. */
export type WantedPicture = Pick<StoredImage, "path" | "id" | "width" | "bytes">;

/** A picture in memory, or why there is none. */
type FoundPicture =
  | { readonly path: string; readonly image: ImageSource; readonly error?: never }
  | { readonly path: string; readonly error: NearlabelError; readonly image?: never };

/** The pictures of a table where they lie: files, objects, and rows of data sets, which are opened once. */
export interface TablePictures {
  /**
   * Pictures as they are found, in no particular order: with the contents that were embedded, or with an error. Of rows of one data set
   * that are asked for together, what they have in common is read once.
   */
  read(wanted: readonly WantedPicture[]): AsyncGenerator<FoundPicture>;
}

/** Data sets that stay open. */
const OPEN = 8;

/** Nothing is downloaded. */
export function tablePictures(table: ImageTable): TablePictures {
  const opened = new Map<string, Promise<Dataset>>();
  const open = (source: RowSource): Promise<Dataset> => {
    const key = JSON.stringify(source);
    const dataset = opened.get(key) ?? openOffline(source);
    opened.delete(key);
    opened.set(key, dataset);
    dataset.catch(() => opened.delete(key));
    if (opened.size > OPEN) opened.delete([...opened.keys()][0]!);
    return dataset;
  };
  return {
    async *read(wanted) {
      const left = new Map(wanted.map((picture) => [picture.path, picture]));
      for (const source of wanted.some(({ path }) => path.includes("#")) ? await rowSources(table) : []) {
        for await (const found of rowsOf(source, [...left.values()], open)) {
          left.delete(found.path);
          yield found;
        }
      }
      for (const picture of left.values()) yield await fileOf(picture);
    },
  };
}

async function openOffline({ place, options }: RowSource): Promise<Dataset> {
  const { openDataset } = await import("../../datasets/open.js");
  return openDataset(place, {
    ...options,
    hub: { ...hubSettingsFromEnvironment(process.env), offline: true },
  });
}

/** Those of some pictures that a data set has with the same contents. */
async function* rowsOf(
  source: RowSource,
  wanted: readonly WantedPicture[],
  open: (source: RowSource) => Promise<Dataset>,
): AsyncGenerator<FoundPicture> {
  const from = wanted.filter(({ path }) => path.startsWith(`${source.source}#`));
  if (from.length === 0) return;
  try {
    const dataset = await open(source);
    const { prefix, of } = rowPaths(dataset, source.source);
    const byPath = new Map(from.map((picture) => [picture.path, picture]));
    const ids = from.flatMap(({ path }) =>
      path.startsWith(prefix) ? [idOf(path.slice(prefix.length))] : [],
    );
    for await (const row of rowsWithIds(dataset, ids)) {
      const picture = byPath.get(of(row));
      const image = picture && !row.error && (await unchanged(picture, row.image));
      if (image) yield { path: picture.path, image };
    }
  } catch (cause) {
    // Another source may have them.
    if (!(cause instanceof NearlabelError)) throw cause;
  }
}

/** Names of samples in tars hold a slash. */
function idOf(text: string): string | number {
  return /^\d+$/.test(text) ? Number(text) : text;
}

async function fileOf(picture: WantedPicture): Promise<FoundPicture> {
  const { path } = picture;
  const problem = (why: string) => ({
    path,
    error: new NearlabelError("IMAGE_NOT_FOUND", `${path}: ${why}.`),
  });
  if (cameWithout(picture) && path.includes("#"))
    return problem("it came as an embedding, without its picture");
  try {
    const { image, error } = isObjectAddress(path)
      ? await objectRow(path, path, undefined)
      : { image: imageFile(path) };
    if (error) return { path, error };
    const found = await unchanged(picture, image);
    return found ? { path, image: found } : problem("it has changed since it was embedded");
  } catch (cause) {
    const error = codedError(cause);
    if (error.code !== "IMAGE_NOT_FOUND" || !path.includes("#")) return { path, error };
    return problem("its data set is not there, or has changed since it was embedded");
  }
}

/** Undefined where a picture is not the one that was embedded. */
async function unchanged(picture: WantedPicture, image: ImageSource): Promise<ImageSource | undefined> {
  const { hash, source } = await contentHash(image);
  return hash === picture.id || cameWithout(picture) ? source : undefined;
}

/** Of an embedding that was computed elsewhere, the id tells nothing of the picture. */
function cameWithout({ width, bytes }: WantedPicture): boolean {
  return width === null && bytes === null;
}
