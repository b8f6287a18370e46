/** The SQL condition that `column` is one of `values`, of which there must be at least one. */
export function sqlIn(column: string, values: readonly string[]): string {
  return `${column} IN (${values.map(sqlString).join(", ")})`;
}

/** `value` as an SQL string. A quote is doubled; nothing else has a meaning between quotes. */
function sqlString(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
