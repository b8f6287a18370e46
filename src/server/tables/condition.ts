import { IMAGE_TABLE } from "../../images/table/columns.js";
import { SHOWN_COLUMNS } from "../../images/table/stored-image.js";
import { VECTOR } from "../../store/shape.js";
import { RequestError } from "../problems/request-error.js";

/**
 * A condition in SQL as strangers may send one: comparisons of columns, with a few functions that give no more than they are given.
 * What LanceDB would take beyond that can end the process (a sum of a thousand terms), fill its memory
 * (`length(repeat('x', 2000000000)) > 0`), or keep it at work for hours. What answers do not tell of pictures is not compared either:
 * whoever asks often enough would know it.
 */

/** Words and signs beside values: about sixty comparisons. */
const MOST_WORDS = 200;
const DEEPEST = 16;

/** Columns that answers do not hold. Of a path its last part has a name of its own. */
const UNTOLD = new Set([
  ...Object.keys(IMAGE_TABLE.columns).filter((name) => !SHOWN_COLUMNS.includes(name)),
  ...[VECTOR, "path"],
]);

/** Words that a bracket may follow without being functions. */
const BEFORE_BRACKET = new Set("and or not in like ilike between when then else".split(" "));

const FUNCTIONS = new Set(
  [
    "abs ceil floor round cast try_cast coalesce nullif date_part date_trunc now",
    "lower upper trim length substr strpos contains starts_with ends_with regexp_like",
    "array_has array_has_any array_has_all array_contains array_length cardinality",
  ].flatMap((names) => names.split(" ")),
);

/**
 * A value, a quoted name, a word, or a sign. Nothing that LanceDB could read otherwise than it is read here: no comments, no text
 * with a prefix or in dollars, in which a function could hide.
 */
const TOKEN =
  /\s*(?:(?<value>'(?:[^']|'')*'|\d[\p{L}\p{N}_.]*)|(?<name>"[^"]*"|`[^`]*`)|(?<word>[\p{L}_][\p{L}\p{N}_]*(?!['\p{L}\p{N}_]))|(?<sign>[<>=!]+|-(?!-)|\/(?!\*)|[+*%().,]))\s*/uy;

/** What is told to whom. */
interface Told {
  /** Whether answers hold paths of pictures. Default: no. */
  readonly paths?: boolean;
}

/** Why a condition is not taken from strangers, as `must …`; nothing where it is. */
export function conditionProblem(condition: string, { paths = false }: Told = {}): string | undefined {
  let [words, depth, at] = [0, 0, 0];
  let before: string | undefined;
  while (at < condition.length) {
    TOKEN.lastIndex = at;
    const { value, name, word, sign } = TOKEN.exec(condition)?.groups ?? {};
    const token = value ?? name ?? word ?? sign;
    if (token === undefined) return `must be a plain condition: it is not at character ${at + 1}`;
    const column = (word ?? name?.slice(1, -1))?.toLowerCase() ?? "";
    // Lance has columns of its own that begin like this; nobody else's do.
    if (column.startsWith("_") || (UNTOLD.has(column) && !(paths && column === "path")))
      return `must compare what is told of pictures, not "${column}"`;
    if (sign === "(") {
      if (before !== undefined && !mayOpen(before))
        return `must call no function but ${[...FUNCTIONS].join(", ")}`;
      if (++depth > DEEPEST) return `must have brackets no deeper than ${DEEPEST}`;
    }
    if (sign === ")") depth--;
    if (value === undefined && sign !== "," && ++words > MOST_WORDS)
      return `must have at most ${MOST_WORDS} words and signs beside values`;
    before = word?.toLowerCase() ?? (sign || undefined) ?? token;
    at = TOKEN.lastIndex;
  }
  return undefined;
}

/** @throws RequestError TABLE_FILTER_INVALID for a condition that is not taken from strangers */
export function checkCondition(condition: string | undefined, told?: Told): void {
  const problem = condition === undefined ? undefined : conditionProblem(condition, told);
  if (problem !== undefined) throw new RequestError("TABLE_FILTER_INVALID", `The filter ${problem}.`);
}

/** Whether a bracket may follow: signs, words that are no functions, and functions that are known. */
function mayOpen(before: string): boolean {
  return /^[-<>=!/+*%(,]+$/.test(before) || BEFORE_BRACKET.has(before) || FUNCTIONS.has(before);
}
