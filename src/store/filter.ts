import type { Table as LanceTable } from "@lancedb/lancedb";
import { isError, NearlabelError } from "../errors.js";
import type { Column, TableShape } from "./shape.js";

/** The SQL condition that `column` is one of `values`, of which there must be at least one. */
export function sqlIn(column: string, values: readonly string[]): string {
  return `${column} IN (${values.map(sqlString).join(", ")})`;
}

/** `value` as an SQL string. A quote is doubled; nothing else has a meaning between quotes. */
export function sqlString(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/**
 * A user's filter, if there is one, and further conditions, of which there must be one then: as one that all of them make. A comment
 * at its end hides none of them.
 *
 * @throws NearlabelError `TABLE_FILTER_INVALID` where its brackets would end ours, so that it took in what they leave out
 */
export function sqlAll(filter: string | undefined, ...conditions: readonly string[]): string {
  if (filter !== undefined) checkBrackets(filter);
  return [...(filter === undefined ? [] : [`${filter}\n`]), ...conditions]
    .map((condition) => `(${condition})`)
    .join(" AND ");
}

/** A string, a quoted name, a word, or a sign by itself. */
const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|[\p{L}_][\p{L}\p{N}_]*|[\p{N}.]+|[<>=!]+|\S/gu;
/** What may stand between a column and a date that it is compared with. */
const BETWEEN = /^(?:[<>=!]+|between|and|not|in|\(|,)$/i;
/** Takes what is left of it one level deeper. */
const DEEPENS = /^(?:and|or|[-+*/%|&^])$/i;
/** Of such signs and words. LanceDB plans by recursion and ends the process where its stack does: 800 ended it, 300 did not. */
const DEEPEST = 300;

/**
 * A user's filter as Lance takes it. In brackets, for it would pass over what follows a condition: `; drop`, `limit 3`. And with the
 * word `timestamp` before each text that a column of times is compared with: `taken > '2025-01-01'` is refused as it is. What has a
 * name in `expressions` takes its place.
 *
 * @throws NearlabelError `TABLE_FILTER_INVALID` for a bracket that closes none, with which it would end ours, and for one too deep
 */
export function lanceFilter(
  filter: string,
  columns: Readonly<Record<string, Column>>,
  expressions: TableShape["expressions"] = {},
): string {
  checkBrackets(filter);
  let comparing = false;
  let depth = 0;
  const typed = filter.replace(TOKEN, (token) => {
    if (DEEPENS.test(token)) depth++;
    if (token.startsWith("'")) return comparing ? `timestamp ${token}` : token;
    const name = token.replace(/^(["`])(.*)\1$/su, "$2");
    comparing = columns[name]?.type === "timestamp" || (comparing && BETWEEN.test(token));
    const known = name.toLowerCase();
    return !columns[name] && Object.hasOwn(expressions, known) ? expressions[known]! : token;
  });
  if (depth > DEEPEST) throw tooDeep(filter, depth);
  // On a line of its own, so that a comment does not hide the closing bracket.
  return `(${typed}\n)`;
}

function checkBrackets(filter: string): void {
  let open = 0;
  for (const [token] of filter.matchAll(TOKEN)) {
    if (token === "(") open++;
    if (token === ")" && open-- === 0) throw unopened(filter);
  }
}

function tooDeep(filter: string, depth: number): NearlabelError {
  return new NearlabelError(
    "TABLE_FILTER_INVALID",
    `The filter ${JSON.stringify(`${filter.slice(0, 60)}…`)} cannot be used: it joins ${depth} parts by and, or, + and the like; expected at most ${DEEPEST}. For many values of one column write column IN (1, 2, …).`,
  );
}

function unopened(filter: string): NearlabelError {
  return new NearlabelError(
    "TABLE_FILTER_INVALID",
    `The filter ${JSON.stringify(filter)} cannot be used: it closes a bracket that it does not open.`,
  );
}

/**
 * Has LanceDB plan a query with what {@link lanceFilter} made of a filter: where that fails, it is the filter's fault.
 * @throws NearlabelError `TABLE_FILTER_INVALID`
 */
export async function expectPlan(table: LanceTable, where: string, filter: string): Promise<void> {
  try {
    await table.query().where(filter).explainPlan();
  } catch (cause) {
    const problem = filterProblem(cause, filter);
    throw new NearlabelError(
      "TABLE_FILTER_INVALID",
      `The filter ${JSON.stringify(where)} cannot be used${problemPlace(problem, where)}: ${problem}`,
      { cause },
    );
  }
}

/**
 * Throws what reading threw, as a fault of the filter where it could not be applied to some row: a division by zero, a text that is no
 * number. What stood in the row is not told.
 *
 * @throws NearlabelError `TABLE_FILTER_INVALID`
 */
export function blameFilter(cause: unknown): never {
  const message = isError(cause) ? cause.message : String(cause);
  const [, problem] =
    /Error applying filter expression to batch: (.*?)(?:, \S+\.rs:\d+|$)/s.exec(message) ?? [];
  if (problem === undefined) throw cause;
  const told = problem.replace(/^Arrow error: /, "").replace(/'.*'/s, "'…'");
  throw new NearlabelError("TABLE_FILTER_INVALID", `The filter cannot be applied to some row: ${told}.`, {
    cause,
  });
}

/** What Lance finds wrong with a filter that {@link lanceFilter} gave, without what it says around that. */
function filterProblem(cause: unknown, filter: string): string {
  const message = isError(cause) ? cause.message : String(cause);
  const [said = message] = message.replaceAll(filter, "").split(/,\s+\S+\.rs:\d+|\s+Caused by:/);
  return said
    .replace(/^.*(?:SELECT 1 FROM t WHERE|Invalid user input: Schema error:|Invalid user input:)\s+/s, "")
    .replace(/^Error [^:]+: (?:Invalid user input: )?/, "")
    .replace(/^\((?:sql parser error: )?(.*)\)$/s, "$1")
    .replace(/found: \)$/, "found: the end")
    .replaceAll(/, _row\w+/g, "")
    .replaceAll(/\s*\n\s*/g, " ");
}

/** Where in `filter` the word is that Lance finds fault with, such as ` (at character 7)`; nothing where that is not sure. */
function problemPlace(problem: string, filter: string): string {
  const [, found, named] = /found: (\S+)|[Nn]o field named "?([\p{L}\p{N}_]+)/u.exec(problem) ?? [];
  const word = found ?? named;
  // "found: the end" says where by itself.
  if (word === undefined || found === "the") return "";
  const at = filter.indexOf(word);
  return at === -1 || filter.includes(word, at + 1) ? "" : ` (at character ${at + 1})`;
}
