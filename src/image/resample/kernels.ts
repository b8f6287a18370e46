import { PRECISION_BITS } from "./taps.js";
import {
  add,
  addVectors,
  assemble,
  type Code,
  defineFunction,
  dotPairs,
  fourTimes,
  integer,
  interleave,
  isBelow,
  load,
  loadFourTimes,
  loadInteger,
  multiply,
  narrowTo16,
  narrowToBytes,
  pickBytes,
  repeatWhile,
  shiftLeft,
  shiftRight,
  store,
  storeFourBytes,
  type Variable,
  type WasmFunction,
  widenBytes,
} from "./wasm.js";

/**
 * The two passes of a resize in WebAssembly SIMD. Sums of products are exact, so that the results are those of any other
 * integer arithmetic; a weight of 22 fractional bits is too wide for the 16-bit multiplication that is fast, and
 * is taken in two halves: weight = high x 2^15 + low.
 */
export interface Kernels {
  /** Grows by pages of 64 KiB, which replaces the buffer. */
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  /**
   * The horizontal pass. `source` is the first pixel in use, RGB in rows of `pitch` bytes; `starts` has for each output
   * pixel the byte at which its window starts; `groups` are the groups of four weights of each. Writes `rows` rows of
   * `outPitch` bytes to `out`, each with a byte more than its pixels take.
   */
  across(
    source: number,
    pitch: number,
    rows: number,
    starts: number,
    startsEnd: number,
    weights: number,
    groups: number,
    out: number,
    outPitch: number,
  ): void;
  /** The vertical pass: as `across`, with rows of `pitch` bytes, a multiple of 16, in and out. */
  down(
    source: number,
    pitch: number,
    starts: number,
    startsEnd: number,
    weights: number,
    groups: number,
    out: number,
  ): void;
}

/** Bits of a weight's lower half: as many as fit in a signed 16-bit integer that is not negative. */
export const LOW_BITS = 15;
/** Bytes of four weights: their lower halves, then their higher ones, 16 bits each. */
const GROUP_BYTES = 16;

/** Half a level in fixed point, so that dropping the fraction rounds. */
const HALF = fourTimes(integer(1 << (PRECISION_BITS - 1)));
const ZERO = fourTimes(integer(0));

/** Of five RGB pixels the first two, or the two after these, as 16 bits: R R G G B B and zeros. */
const PAIR_0 = [0, 128, 3, 128, 1, 128, 4, 128, 2, 128, 5, 128, 128, 128, 128, 128];
const PAIR_1 = PAIR_0.map((position) => (position === 128 ? 128 : position + 6));

const increase = (variable: Variable, by: Code) => variable.set(add(variable.value, by));
const accumulate = (sum: Variable, term: Code) => sum.set(addVectors(sum.value, term));

/** The 8-bit levels of four sums, in 32 bits, not yet clamped. */
const levels = (low: Variable, high: Variable): Code =>
  shiftRight(addVectors(low.value, shiftLeft(high.value, LOW_BITS)), PRECISION_BITS);

type Variables<N extends string> = Readonly<Record<N, Variable>>;

function acrossPass(): WasmFunction {
  const parameters = [
    ...(["source", "pitch", "rows", "starts", "startsEnd"] as const),
    ...(["weights", "groups", "out", "outPitch"] as const),
  ];
  const integers = ["start", "from", "weight", "end", "to"] as const;
  const vectors = ["pixels", "pair", "low", "high"] as const;
  return defineFunction("across", { parameters, integers, vectors }, (v) => {
    const pixel = [
      v.from.set(add(v.source.value, loadInteger(v.start.value))),
      v.low.set(HALF),
      v.high.set(ZERO),
      v.end.set(add(v.weight.value, multiply(v.groups.value, integer(GROUP_BYTES)))),
      repeatWhile(isBelow(v.weight.value, v.end.value), ...addFourPixels(v)),
      // One byte too many: that of the next pixel, which comes after.
      storeFourBytes(v.to.value, narrowToBytes(narrowTo16(levels(v.low, v.high), ZERO), ZERO)),
      increase(v.to, integer(3)),
      increase(v.start, integer(4)),
    ];
    const row = [
      v.start.set(v.starts.value),
      v.weight.set(v.weights.value),
      v.to.set(v.out.value),
      repeatWhile(isBelow(v.start.value, v.startsEnd.value), ...pixel),
      increase(v.source, v.pitch.value),
      increase(v.out, v.outPitch.value),
      increase(v.rows, integer(-1)),
    ];
    return [repeatWhile(v.rows.value, ...row)];
  });
}

/** Adds the products of four pixels and a group of weights to the sums of R, G and B. */
function addFourPixels(v: Variables<"from" | "weight" | "pixels" | "pair" | "low" | "high">): Code[] {
  return [
    v.pixels.set(load(v.from.value)),
    v.pair.set(pickBytes(v.pixels.value, PAIR_0)),
    accumulate(v.low, dotPairs(v.pair.value, loadFourTimes(v.weight.value, 0))),
    accumulate(v.high, dotPairs(v.pair.value, loadFourTimes(v.weight.value, 8))),
    v.pair.set(pickBytes(v.pixels.value, PAIR_1)),
    accumulate(v.low, dotPairs(v.pair.value, loadFourTimes(v.weight.value, 4))),
    accumulate(v.high, dotPairs(v.pair.value, loadFourTimes(v.weight.value, 12))),
    increase(v.from, integer(4 * 3)),
    increase(v.weight, integer(GROUP_BYTES)),
  ];
}

function downPass(): WasmFunction {
  const parameters = ["source", "pitch", "starts", "startsEnd", "weights", "groups", "out"] as const;
  const integers = ["column", "columnsEnd", "from", "weight", "end"] as const;
  const vectors = [
    ...(["a", "b", "pairs", "lowWeights", "highWeights"] as const),
    ...(["low0", "low1", "low2", "low3", "high0", "high1", "high2", "high3"] as const),
  ];
  return defineFunction("down", { parameters, integers, vectors }, (v) => {
    const sums = [
      [v.low0, v.high0],
      [v.low1, v.high1],
      [v.low2, v.high2],
      [v.low3, v.high3],
    ] as const;
    const quarter = (which: 0 | 1 | 2 | 3) => levels(...sums[which]);
    const columns = [
      v.from.set(v.column.value),
      v.weight.set(v.weights.value),
      ...sums.flatMap(([low, high]) => [low.set(HALF), high.set(ZERO)]),
      repeatWhile(
        isBelow(v.weight.value, v.end.value),
        ...addTwoRows(v, sums, 0),
        ...addTwoRows(v, sums, 4),
        increase(v.weight, integer(GROUP_BYTES)),
      ),
      store(
        v.out.value,
        narrowToBytes(narrowTo16(quarter(0), quarter(1)), narrowTo16(quarter(2), quarter(3))),
      ),
      increase(v.out, integer(16)),
      increase(v.column, integer(16)),
    ];
    const row = [
      v.column.set(add(v.source.value, loadInteger(v.starts.value))),
      v.columnsEnd.set(add(v.column.value, v.pitch.value)),
      v.end.set(add(v.weights.value, multiply(v.groups.value, integer(GROUP_BYTES)))),
      repeatWhile(isBelow(v.column.value, v.columnsEnd.value), ...columns),
      v.weights.set(v.end.value),
      increase(v.starts, integer(4)),
    ];
    return [repeatWhile(isBelow(v.starts.value, v.startsEnd.value), ...row)];
  });
}

/** Adds the products of 16 bytes of two rows and their weights, which lie at `offset` in the group, to `sums`. */
function addTwoRows(
  v: Variables<"from" | "pitch" | "weight" | "a" | "b" | "pairs" | "lowWeights" | "highWeights">,
  sums: readonly (readonly [low: Variable, high: Variable])[],
  offset: number,
): Code[] {
  return [
    v.a.set(load(v.from.value)),
    increase(v.from, v.pitch.value),
    v.b.set(load(v.from.value)),
    increase(v.from, v.pitch.value),
    v.lowWeights.set(loadFourTimes(v.weight.value, offset)),
    v.highWeights.set(loadFourTimes(v.weight.value, offset + 8)),
    ...sums.flatMap(([low, high], quarter) => [
      v.pairs.set(
        widenBytes(interleave(v.a.value, v.b.value, quarter < 2 ? 0 : 1), quarter % 2 === 0 ? 0 : 1),
      ),
      accumulate(low, dotPairs(v.pairs.value, v.lowWeights.value)),
      accumulate(high, dotPairs(v.pairs.value, v.highWeights.value)),
    ]),
  ];
}

/** As far as it is needed; Node.js has its types only with those of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

let compiled: object | undefined;

/** The passes, with a memory of their own of 64 KiB, which the caller lets grow. */
export function createKernels(): Kernels {
  compiled ??= new WebAssembly.Module(assemble([acrossPass(), downPass()]));
  return new WebAssembly.Instance(compiled).exports as Kernels;
}
