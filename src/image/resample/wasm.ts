/**
 * WebAssembly written as expressions: each function here gives the bytes of its instruction after those of its
 * operands (WebAssembly Core Specification 2.0, chapter 5, "Binary Format"). Only what `kernels.ts` needs is here.
 */
export type Code = readonly number[];

/** A parameter or local of a function. */
export interface Variable {
  readonly value: Code;
  set(value: Code): Code;
}

/** What the functions of a module need to be told apart in: parameters are 32-bit integers. */
export interface WasmFunction {
  readonly name: string;
  readonly parameters: number;
  readonly integers: number;
  readonly vectors: number;
  readonly body: Code;
}

const [I32, V128, VOID, FUNCTION] = [0x7f, 0x7b, 0x40, 0x60];
const [END, LOOP, BRANCH_IF] = [0x0b, 0x03, 0x0d];
const SIMD = 0xfd;

/**
 * A function whose `parameters` and `integers` are 32-bit integers and whose `vectors` are 128 bits wide; all but the
 * parameters start as 0. It returns nothing.
 */
export function defineFunction<P extends string, I extends string, V extends string>(
  name: string,
  names: { parameters: readonly P[]; integers: readonly I[]; vectors: readonly V[] },
  body: (variables: Record<P | I | V, Variable>) => readonly Code[],
): WasmFunction {
  const { parameters, integers, vectors } = names;
  const all: readonly (P | I | V)[] = [...parameters, ...integers, ...vectors];
  const variables = Object.fromEntries(all.map((each, index) => [each, variable(index)])) as Record<
    P | I | V,
    Variable
  >;
  return {
    name,
    parameters: parameters.length,
    integers: integers.length,
    vectors: vectors.length,
    body: body(variables).flat(),
  };
}

function variable(index: number): Variable {
  return { value: [0x20, ...unsigned(index)], set: (value) => [...value, 0x21, ...unsigned(index)] };
}

export const integer = (value: number): Code => [0x41, ...signed(value)];
export const add = (a: Code, b: Code): Code => [...a, ...b, 0x6a];
export const multiply = (a: Code, b: Code): Code => [...a, ...b, 0x6c];
/** 1 where `a` is below `b`, both unsigned, else 0. */
export const isBelow = (a: Code, b: Code): Code => [...a, ...b, 0x49];
export const loadInteger = (address: Code): Code => [...address, 0x28, ...memoryOperand(2, 0)];

/** Does `body` once, and again as long as `condition` is not 0. */
export const repeatWhile = (condition: Code, ...body: readonly Code[]): Code => [
  ...[LOOP, VOID, ...body.flat()],
  ...[...condition, BRANCH_IF, 0, END],
];

export const load = (address: Code): Code => [...address, ...simd(0x00), ...memoryOperand(0, 0)];
/** 32 bits at `address + offset`, four times. */
export const loadFourTimes = (address: Code, offset: number): Code => [
  ...[...address, ...simd(0x09)],
  ...memoryOperand(2, offset),
];
export const store = (address: Code, vector: Code): Code => [
  ...[...address, ...vector, ...simd(0x0b)],
  ...memoryOperand(0, 0),
];
/** Stores the first four bytes of `vector`. */
export const storeFourBytes = (address: Code, vector: Code): Code => [
  ...[...address, ...vector, ...simd(0x5a)],
  ...[...memoryOperand(0, 0), 0],
];
/** Four times the 32-bit integer `value`. */
export const fourTimes = (value: Code): Code => [...value, ...simd(0x11)];
/** The bytes of `vector` at `positions`, 16 of them; 0 for a position of 128. */
export const pickBytes = (vector: Code, positions: Code): Code => [
  ...[...vector, ...simd(0x0c), ...positions],
  ...simd(0x0e),
];
/** Bytes of `a` and `b` by turns, of their first eight or, with `half` 1, of their last. */
export const interleave = (a: Code, b: Code, half: 0 | 1): Code => [
  ...[...a, ...b, ...simd(0x0d)],
  ...Array.from({ length: 16 }, (_, i) => (i >> 1) + half * 8 + (i & 1) * 16),
];
/** The first eight bytes, or the last with `half` 1, as unsigned integers of 16 bits. */
export const widenBytes = (vector: Code, half: 0 | 1): Code => [...vector, ...simd(half ? 0x8a : 0x89)];
/** Four sums of 32 bits, each of two products of 16-bit integers. */
export const dotPairs = (a: Code, b: Code): Code => [...a, ...b, ...simd(0xba)];
export const addVectors = (a: Code, b: Code): Code => [...a, ...b, ...simd(0xae)];
export const shiftLeft = (vector: Code, bits: number): Code => [...vector, ...integer(bits), ...simd(0xab)];
export const shiftRight = (vector: Code, bits: number): Code => [...vector, ...integer(bits), ...simd(0xac)];
/** Eight 32-bit integers, four of each, as 16 bits, clamped. */
export const narrowTo16 = (a: Code, b: Code): Code => [...a, ...b, ...simd(0x85)];
/** Sixteen 16-bit integers, eight of each, clamped to 0 to 255. */
export const narrowToBytes = (a: Code, b: Code): Code => [...a, ...b, ...simd(0x66)];

/** The binary of a module that exports `functions` and its `memory`, of one page of 64 KiB at first. */
export function assemble(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const exported = (name: string, kind: number, index: number) => [...bytes(utf8(name)), kind, index];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(
      1,
      functions.map(({ parameters }) => [FUNCTION, ...bytes(Array(parameters).fill(I32)), 0]),
    ),
    ...section(
      3,
      functions.map((_, index) => unsigned(index)),
    ),
    ...section(5, [[0x00, 0x01]]),
    ...section(7, [
      exported("memory", 2, 0),
      ...functions.map(({ name }, index) => exported(name, 0, index)),
    ]),
    ...section(10, functions.map(codeOf)),
  ]);
}

function codeOf({ integers, vectors, body }: WasmFunction): Code {
  return bytes([
    ...list([
      [...unsigned(integers), I32],
      [...unsigned(vectors), V128],
    ]),
    ...body,
    END,
  ]);
}

function section(id: number, items: readonly Code[]): Code {
  return [id, ...bytes(list(items))];
}

/** Items with their number before them. */
function list(items: readonly Code[]): Code {
  return [...unsigned(items.length), ...items.flat()];
}

/** Bytes with their number before them. */
function bytes(code: Code): Code {
  return [...unsigned(code.length), ...code];
}

function utf8(text: string): Code {
  return [...new TextEncoder().encode(text)];
}

function simd(opcode: number): Code {
  return [SIMD, ...unsigned(opcode)];
}

/** Alignment as a power of two, and offset. */
function memoryOperand(alignment: number, offset: number): Code {
  return [alignment, ...unsigned(offset)];
}

/** LEB128, unsigned. */
function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

/** LEB128, signed: as many groups of seven bits as it takes until the rest is the sign. */
function signed(value: number): Code {
  const rest = value >> 7;
  const isLast = rest === (value & 0x40 ? -1 : 0);
  return isLast ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(rest)];
}
