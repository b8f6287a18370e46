import { sevenDigits } from "../math/digits.js";

/**
 * A value of plain data, such as an `Explanation`, as JSON holds it: typed arrays become arrays, all numbers have seven
 * significant digits, and what is undefined is left out.
 */
export function plainExplanation(value: unknown): unknown {
  if (typeof value === "number") return sevenDigits(value);
  if (typeof value !== "object" || value === null) return value;
  if (ArrayBuffer.isView(value)) return Array.from(value as Float32Array, sevenDigits);
  if (Array.isArray(value)) return value.map(plainExplanation);
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(entries.map(([name, each]) => [name, plainExplanation(each)]));
}
