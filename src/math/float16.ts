/**
 * Half precision, IEEE 754 binary16: 1 bit of sign, 5 of exponent with a bias of 15, 10 of fraction. JavaScript has
 * Float16Array from Node.js 24 on only.
 */

const single = new Float32Array(1);
const word = new Uint32Array(single.buffer);

/** The number that 16 bits stand for. */
export function float16Value(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

let all: Float32Array | undefined;

/** The numbers of many halves: looked up among all 65,536, as working out each takes ten times as long. */
export function float16Values(bits: Uint16Array): Float32Array {
  all ??= Float32Array.from({ length: 2 ** 16 }, (_, half) => float16Value(half));
  const values = new Float32Array(bits.length);
  for (let i = 0; i < values.length; i++) values[i] = all[bits[i]!]!;
  return values;
}

/** The 16 bits nearest to a float32 number, to even where two are as near; from 65520 on they are infinity. */
export function float16Bits(value: number): number {
  single[0] = value;
  const bits = word[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  // Under 2^-14 halves are whole multiples of 2^-24.
  if (magnitude < 0x38800000) return sign | roundHalfToEven(Math.abs(single[0]!) * 2 ** 24);
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13);
}

function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}
