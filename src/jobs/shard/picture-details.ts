import { createHash } from "node:crypto";
import { mapAhead } from "../../encoder/rows/map-ahead.js";
import { codedError } from "../../errors.js";
import { contentHash } from "../../image/content-hash.js";
import { imageDetails } from "../../image/details.js";
import { type ImageSource, isEncoded } from "../../image/source.js";
import type { ImageRow } from "../../rows/dataset.js";
import type { ShardRow } from "./shard-row.js";

type Columns = Pick<
  ShardRow,
  "id" | "width" | "height" | "bytes" | "modified" | "taken" | "camera" | "latitude" | "longitude"
>;

/** What is known of a picture beside its embedding. */
export interface PictureDetails {
  /** As the data set gave it. */
  readonly row: ImageRow;
  readonly columns: Columns;
}

const UNKNOWN: Columns = {
  id: null,
  width: null,
  height: null,
  bytes: null,
  modified: null,
  taken: null,
  camera: null,
  latitude: null,
  longitude: null,
};

/** Files that are read at the same time. */
const AHEAD = 8;

/**
 * The same rows with their pictures in memory, so that each file is read once; one that cannot be read comes with the error. What
 * else is known of them goes to `details`, in the same order.
 */
export async function* described(
  rows: AsyncGenerator<ImageRow>,
  maxBytes: number,
  details: PictureDetails[],
): AsyncGenerator<ImageRow> {
  for await (const [row, found] of mapAhead(rows, (row) => readRow(row, maxBytes), { ahead: AHEAD })) {
    details.push(found);
    yield row;
  }
}

async function readRow(row: ImageRow, maxBytes: number): Promise<[ImageRow, PictureDetails]> {
  const modified = row.version ? new Date(Math.floor(row.version.modified)) : null;
  const known = { ...UNKNOWN, modified };
  if (row.error) return [row, { row, columns: known }];
  if (row.embedding) return [row, { row, columns: { ...known, id: embeddingHash(row.embedding) } }];
  try {
    const { hash, source } = await contentHash(row.image, maxBytes);
    return [
      { ...row, image: source },
      { row, columns: { ...known, id: hash, ...(await sizes(source)) } },
    ];
  } catch (error) {
    return [
      { ...row, error: codedError(error) },
      { row, columns: known },
    ];
  }
}

/** A picture of which nothing but its embedding is known is told from others by that, as when it is ingested. */
function embeddingHash({ buffer, byteOffset, byteLength }: Float32Array): string {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  return createHash("sha256").update("embedding\0").update(bytes).digest("hex");
}

async function sizes(source: ImageSource): Promise<Omit<Columns, "id" | "modified">> {
  const { id: _, modified: __, ...unknown } = UNKNOWN;
  if (!isEncoded(source)) {
    if (!("width" in source)) return unknown;
    return { ...unknown, width: source.width, height: source.height };
  }
  const content =
    source instanceof Blob ? new Uint8Array(await source.arrayBuffer()) : new Uint8Array(source);
  const { size, taken, camera, latitude, longitude } = await imageDetails(content);
  return {
    width: size?.width ?? null,
    height: size?.height ?? null,
    bytes: content.length,
    taken: taken ?? null,
    camera: camera ?? null,
    latitude: latitude ?? null,
    longitude: longitude ?? null,
  };
}
