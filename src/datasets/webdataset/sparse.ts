import type { PaxRecord } from "./pax.js";

/** Where in a file with holes its stored bytes belong (GNU tar manual, "Storing Sparse Files"). */
export interface SparseMap {
  /** Bytes of the file, with its holes. */
  readonly size: number;
  /** The stored bytes, one piece after another. */
  readonly pieces: readonly Piece[];
}

interface Piece {
  /** The byte of the file that it begins at. */
  readonly at: number;
  readonly bytes: number;
}

/** A file that is longer is damage: a few bytes could claim any length, and this much memory is taken. */
const LONGEST_FILE = 2 ** 30;

/**
 * The map of `numbers`, a position and a length for each piece, in their order. Undefined where pieces overlap, end beyond
 * the file, or are not just the `stored` bytes.
 */
export function sparseMap(numbers: readonly number[], size: number, stored: number): SparseMap | undefined {
  if (!numbers.every(Number.isSafeInteger) || numbers.length % 2 === 1 || !(size <= LONGEST_FILE))
    return undefined;
  const pieces: Piece[] = [];
  let end = 0;
  let total = 0;
  for (let index = 0; index < numbers.length; index += 2) {
    const piece = { at: numbers[index]!, bytes: numbers[index + 1]! };
    if (piece.at < end || piece.bytes < 0) return undefined;
    pieces.push(piece);
    end = piece.at + piece.bytes;
    total += piece.bytes;
  }
  return end <= size && total === stored ? { size, pieces } : undefined;
}

/** The file whose bytes were `stored`, with zeros in its holes. */
export function withHoles(stored: Uint8Array, { size, pieces }: SparseMap): Uint8Array {
  const file = new Uint8Array(size);
  let from = 0;
  for (const { at, bytes } of pieces) {
    file.set(stored.subarray(from, from + bytes), at);
    from += bytes;
  }
  return file;
}

/** The numbers of a map in pax attributes: of format 0.1 in one list, of 0.0 each in a record. Undefined without one. */
export function paxMap(records: readonly PaxRecord[]): number[] | undefined {
  const list = records.findLast(([key]) => key === "GNU.sparse.map");
  if (list) return list[1].split(",").map(decimal);
  const single = records.filter(([key]) => key === "GNU.sparse.offset" || key === "GNU.sparse.numbytes");
  return single.length === 0 ? undefined : single.map(([, value]) => decimal(value));
}

/**
 * The numbers of a map that precedes the content, in pax format 1.0: their count of pairs and each number on a line of its own.
 * Undefined where `text` ends before them.
 */
export function leadingMap(text: string): { readonly numbers: number[]; readonly bytes: number } | undefined {
  const [count = "", ...lines] = text.split("\n", 1 + 2 * MOST_PIECES);
  const wanted = 2 * decimal(count);
  // The last line may go on after `text`.
  if (!(wanted < lines.length)) return undefined;
  const numbers = lines.slice(0, wanted);
  const bytes = [count, ...numbers].reduce((sum, line) => sum + line.length + 1, 0);
  return { numbers: numbers.map(decimal), bytes };
}

/** Pieces of a file at most, in any format. */
export const MOST_PIECES = 2 ** 16;

/** NaN for anything but a whole number from 0 up. */
export function decimal(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}
