import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import type { ByteSource } from "../../files/byte-source.js";

/** A part of a file. */
export interface Region {
  readonly source: ByteSource;
  readonly position: number;
  /** In bytes. */
  readonly length: number;
}

/** A field of a protobuf message in a file: its value where that is a whole number, else where it lies. */
export interface Field extends Region {
  readonly number: number;
  /** Of a variable-length integer; 0 for other kinds. */
  readonly value: number;
  /** The field with its number and length, to be copied as it is. */
  readonly whole: Region;
}

/** What is read at a time to find the fields: most messages of a graph are shorter. */
const WINDOW = 1 << 16;
/** A field's number and length take no more bytes. */
const HEADER = 20;

/**
 * The fields of the message in `region`, one after another; what they hold is not read, so that a message of gigabytes takes
 * no more memory than a small one.
 * @throws Error where that is no message
 */
export async function* fieldsOf({ source, position, length }: Region): AsyncGenerator<Field> {
  const end = position + length;
  let window: Uint8Array = new Uint8Array(0);
  let start = position;
  for (let at = position; at < end; ) {
    if (at + HEADER > start + window.length && start + window.length < end) {
      start = at;
      window = await source.read(at, Math.min(WINDOW, end - at));
    }
    const field = readField(source, window.subarray(at - start), at);
    at = field.position + field.length;
    if (at > end) throw new Error(`a field at byte ${field.whole.position} is longer than what holds it`);
    yield field;
  }
}

function readField(source: ByteSource, bytes: Uint8Array, at: number): Field {
  const reader = new BinaryReader(bytes);
  const [number, wire] = reader.tag();
  const field = (length: number, value = 0): Field => {
    const position = at + reader.pos;
    const whole = { source, position: at, length: reader.pos + length };
    return { number, value, source, position, length, whole };
  };
  switch (wire) {
    case WireType.Varint:
      return field(0, Number(reader.int64()));
    case WireType.Bit64:
      return field(8);
    case WireType.Bit32:
      return field(4);
    case WireType.LengthDelimited:
      return field(reader.uint32());
    default:
      throw new Error(`a field at byte ${at} is of no kind that ONNX has`);
  }
}

/** The bytes of a region. @throws Error where the file ends before */
export async function bytesOf({ source, position, length }: Region): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await source.read(position, length);
  if (bytes.length < length) throw new Error(`${source.name} ends before byte ${position + length}`);
  return bytes;
}

/** The same region, its bytes in memory: for a message whose fields are looked at one by one. */
export async function held(region: Region): Promise<Region> {
  const bytes = await bytesOf(region);
  const source: ByteSource = {
    name: region.source.name,
    size: bytes.length,
    version: region.source.version,
    read: async (position, length) => bytes.slice(position, position + length),
    [Symbol.asyncDispose]: async () => {},
  };
  return { source, position: 0, length: bytes.length };
}

export async function textOf(region: Region): Promise<string> {
  return new TextDecoder().decode(await bytesOf(region));
}

/** Whole numbers of a repeated field, which are stored one by one or packed together. */
export async function numbersIn(field: Field): Promise<number[]> {
  if (field.length === 0) return [field.value];
  const reader = new BinaryReader(await bytesOf(field));
  const numbers: number[] = [];
  while (reader.pos < reader.len) numbers.push(Number(reader.int64()));
  return numbers;
}
