import { type ImageDetails, imageDetails } from "../../image/details.js";
import { type ImageSource, isEncoded } from "../../image/source.js";
import type { Cell } from "../../store/rows.js";
import type { ImageTable } from "../table/image-table.js";
import type { Incoming } from "./incoming.js";
import type { StoredRow } from "./stored-rows.js";

/** @param source undefined where nothing but the embedding is known */
export async function detailCells(
  source: ImageSource | undefined,
  size: number | null,
): Promise<Record<string, Cell>> {
  const details = source ? await detailsOf(source) : {};
  const { size: pixels, taken, camera, latitude, longitude } = details;
  return {
    width: pixels?.width ?? null,
    height: pixels?.height ?? null,
    bytes: size,
    taken: taken ?? null,
    camera: camera ?? null,
    latitude: latitude ?? null,
    longitude: longitude ?? null,
  };
}

async function detailsOf(source: ImageSource): Promise<ImageDetails> {
  if (source instanceof Blob) return imageDetails(new Uint8Array(await source.arrayBuffer()));
  if (isEncoded(source)) return imageDetails(new Uint8Array(source as ArrayBuffer));
  return "width" in source ? { size: { width: source.width, height: source.height } } : {};
}

const CONTENT = "width height bytes taken camera latitude longitude label score label_set labels".split(" ");

/** What the contents say, of another row with the same. */
export function contentCells({ cells }: StoredRow): Record<string, Cell> {
  return Object.fromEntries(CONTENT.map((name) => [name, cells[name] ?? null]));
}

/** Of other contents the label that was found says nothing. */
export function labelCells(row: StoredRow | undefined): Record<string, Cell> {
  const { label = null, score = null, label_set = null, labels = null } = row?.cells ?? {};
  return { label, score, label_set, labels };
}

/** Empty where there is no row yet. */
export function ownCells(row: StoredRow | undefined, table: ImageTable): Record<string, Cell> {
  return Object.fromEntries(Object.keys(table.info.columns).map((name) => [name, row?.cells[name] ?? null]));
}

export function versionCells({ version }: Pick<Incoming, "version">): { modified?: Date } {
  return version ? { modified: new Date(Math.floor(version.modified)) } : {};
}
