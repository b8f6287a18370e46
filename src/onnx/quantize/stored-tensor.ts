import { dirname, join } from "node:path";
import type { ByteSource } from "../../files/byte-source.js";
import { float16Values } from "../../math/float16.js";
import { bytesOf, fieldsOf, numbersIn, type Region, textOf } from "./fields.js";

/** ONNX's numbers of the element types that matter here (onnx.proto, TensorProto.DataType). */
export const FLOAT = 1;
export const UINT8 = 2;
export const INT8 = 3;
const FLOAT16 = 10;

/** A tensor as a file holds it. Its numbers are read when they are asked for. */
export interface StoredTensor {
  readonly name: string;
  readonly type: number;
  readonly dims: readonly number[];
  /** Little-endian numbers, one after another, in the file or one beside it; undefined for other ways to store them. */
  readonly data: Region | undefined;
  /** The fields but for the numbers and where they lie, to be copied as they are. */
  readonly head: readonly Region[];
}

/** Opens the file beside a graph that holds numbers of it. */
export type OpenBeside = (location: string) => Promise<ByteSource>;

const DIMS = 1;
const DATA_TYPE = 2;
const FLOAT_DATA = 4;
const NAME = 8;
const RAW_DATA = 9;
const EXTERNAL_DATA = 13;
const DATA_LOCATION = 14;

/** Reads what a TensorProto says of its numbers. */
export async function readTensor(region: Region, openBeside: OpenBeside): Promise<StoredTensor> {
  const dims: number[] = [];
  const head: Region[] = [];
  const beside = new Map<string, string>();
  let [name, type, data] = ["", 0, undefined as Region | undefined];
  for await (const field of fieldsOf(region)) {
    if (field.number === DIMS) dims.push(...(await numbersIn(field)));
    if (field.number === DATA_TYPE) type = field.value;
    if (field.number === NAME) name = await textOf(field);
    if (field.number === RAW_DATA) data = field;
    else if (field.number === EXTERNAL_DATA) beside.set(...(await entryOf(field)));
    // Packed; one by one they would be four bytes each, and are copied as they are.
    else if (field.number === FLOAT_DATA && field.length > 4) data = field;
    else if (field.number !== DATA_LOCATION) head.push(field.whole);
  }
  const location = beside.get("location");
  if (location !== undefined) data = await besideRegion(location, beside, openBeside);
  checkLength(name, type, dims, data);
  return { name, type, dims, data, head };
}

async function entryOf(region: Region): Promise<[string, string]> {
  const texts = ["", ""];
  for await (const field of fieldsOf(region)) texts[field.number - 1] = await textOf(field);
  return texts as [string, string];
}

async function besideRegion(
  location: string,
  entries: ReadonlyMap<string, string>,
  openBeside: OpenBeside,
): Promise<Region> {
  const source = await openBeside(location);
  const position = Number(entries.get("offset") ?? 0);
  const length = Number(entries.get("length") ?? source.size - position);
  if (!(position >= 0 && length >= 0 && position + length <= source.size)) {
    throw new Error(`${source.name} has ${source.size} bytes, where ${position + length} are expected`);
  }
  return { source, position, length };
}

/** The path of a file beside `graph`. One that leads elsewhere is refused: a model's file names no other file of this machine. */
export function besidePath(graph: string, location: string): string {
  const isPlain = location !== "" && !/^[/\\]|[\\:\0]/.test(location) && !location.split("/").includes("..");
  if (isPlain) return join(dirname(graph), location);
  throw new Error(`its weights are said to be in ${JSON.stringify(location)}, which leads out of its folder`);
}

const BYTES: Readonly<Record<number, number>> = { [FLOAT]: 4, [FLOAT16]: 2 };

function checkLength(name: string, type: number, dims: readonly number[], data: Region | undefined): void {
  const bytes = BYTES[type];
  if (bytes === undefined || data === undefined || data.length === elementCount(dims) * bytes) return;
  throw new Error(`the tensor ${name} of ${dims.join(" x ")} numbers has ${data.length} bytes`);
}

export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, size) => product * size, 1);
}

/** Whether the numbers of a tensor can be read as float32. */
export function holdsFloats({ type, data }: StoredTensor): boolean {
  return data !== undefined && (type === FLOAT || type === FLOAT16);
}

/** Numbers that are read at a time: 4 MB. */
const BLOCK = 1 << 20;

/** The numbers of a float32 or float16 tensor, whole rows of `columns` at a time, with the row that the first are of. */
export async function* floatRows(
  { type, data }: StoredTensor,
  columns: number,
): AsyncGenerator<{ readonly row: number; readonly values: Float32Array }> {
  const bytes = BYTES[type]!;
  const rowBytes = columns * bytes;
  const rows = rowBytes === 0 ? 0 : data!.length / rowBytes;
  const step = Math.max(1, Math.floor(BLOCK / columns));
  for (let row = 0; row < rows; row += step) {
    const length = Math.min(step, rows - row) * rowBytes;
    const read = await bytesOf({ source: data!.source, position: data!.position + row * rowBytes, length });
    yield {
      row,
      values: type === FLOAT ? new Float32Array(read.buffer) : float16Values(new Uint16Array(read.buffer)),
    };
  }
}
