import type { Region } from "./fields.js";
import type { StoredTensor } from "./stored-tensor.js";

/** A tensor to be written. Its length is known before its numbers, which come piece by piece. */
export interface Tensor {
  readonly name: string;
  /** Name, element type, dimensions and what else it has but its numbers, as fields of a TensorProto. */
  readonly head: readonly (Region | Uint8Array)[];
  /** Undefined where `head` holds the numbers too. */
  readonly data: TensorData | undefined;
}

export interface TensorData {
  /** In bytes. */
  readonly length: number;
  /** Little-endian numbers. */
  bytes(): AsyncIterable<Uint8Array>;
}

/** Bytes copied at a time. */
const PIECE = 1 << 22;

/** Reads a region piece by piece. */
export async function* piecesOf({ source, position, length }: Region): AsyncGenerator<Uint8Array> {
  for (let done = 0; done < length; done += PIECE) {
    const wanted = Math.min(PIECE, length - done);
    const piece = await source.read(position + done, wanted);
    if (piece.length < wanted) throw new Error(`${source.name} ends before byte ${position + done + wanted}`);
    yield piece;
  }
}

/** A tensor as it is stored. */
export function copied({ name, head, data }: StoredTensor): Tensor {
  return { name, head, data: data && { length: data.length, bytes: () => piecesOf(data) } };
}
