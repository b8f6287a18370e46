import type { Estimate } from "../../../evaluate/evaluation.js";
import * as numberText from "../../../math/number-text.js";

export { count } from "../../../math/number-text.js";

/** Joins a number with what belongs to it. */
const NO_BREAK = "\u00a0";

export function counted(value: number, one: string, many?: string): string {
  return numberText.counted(value, one, many).replace(" ", NO_BREAK);
}

export function percent(share: number, digits = 1): string {
  return numberText.percent(share, digits).replace(" ", NO_BREAK);
}

export function decimal(value: number): string {
  return value.toFixed(3);
}

export function points(share: number): string {
  const text = Math.abs(share * 100).toFixed(1);
  return Number(text) === 0 ? text : `${share < 0 ? "−" : "+"}${text}`;
}

/** `value` with its sign, at three decimals. */
export function signed(value: number): string {
  const text = decimal(Math.abs(value));
  return Number(text) === 0 ? text : `${value < 0 ? "−" : "+"}${text}`;
}

export function range({ low, high }: Estimate, format: (value: number) => string): string {
  return `${format(low).replace(`${NO_BREAK}%`, "")} to ${format(high)}`;
}

export function pValue(p: number): string {
  const text = p < 0.0001 ? "p < 0.0001" : `p = ${p < 0.01 ? p.toFixed(4) : p.toFixed(3)}`;
  return text.replaceAll(" ", NO_BREAK);
}

/** What a p-value says, in words: how often chance alone gives as much. */
export function chanceInWords(p: number): string {
  if (p > 0.995) return "nearly always";
  if (p < 0.0001) return "less than once in 10,000 such comparisons";
  if (p < 0.01) return `about ${Math.round(p * 10_000)} times in 10,000 such comparisons`;
  const times = Math.round(p * 100);
  return `about ${times === 1 ? "once" : `${times} times`} in 100 such comparisons`;
}
