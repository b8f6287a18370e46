/**
 * The one form of what the scripts here measure:
 *
 *     { name, bars: [{ what, wanted, measured, holds }], figures }
 *
 * `wanted` and `measured` are texts with their units, `holds` is true or false, or null for what was not measured;
 * `measured` then says why. `figures` is whatever else a script has to tell.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, loadavg, platform, totalmem } from "node:os";
import { dirname } from "node:path";
import { parseArgs } from "node:util";

/** A bar for `value` in `unit`. */
export function bar(what, wanted, value, unit, holds) {
  return { what, wanted, measured: `${round(value)}${unit && ` ${unit}`}`, holds };
}

/** A bar that was not measured. */
export function skipped(what, wanted, reason) {
  return { what, wanted, measured: reason, holds: null };
}

/** Arguments by their names, all of them texts; `--json file` goes with every script. */
export function argumentsOf(names) {
  const options = Object.fromEntries([...names, "json"].map((name) => [name, { type: "string" }]));
  return parseArgs({ options }).values;
}

/** Prints `result` as a table and writes it to `file`, if there is one. */
export async function writeResult(result, file) {
  console.log(barsTable([result]));
  if (file === undefined) return;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
}

/** All bars of all results. */
export function barsTable(results) {
  const rows = results.flatMap(({ name, bars }) =>
    bars.map(({ what, wanted, measured, holds }) => [name, what, wanted, measured, verdict(holds)]),
  );
  return table(["measurement", "bar", "wanted", "measured", "verdict"], rows);
}

/** A table in Markdown. */
export function table(head, rows) {
  return [head, head.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.map(cell).join(" | ")} |`)
    .join("\n");
}

function verdict(holds) {
  if (holds === null) return "not measured";
  return holds ? "holds" : "**missed**";
}

function cell(content) {
  return String(content).replaceAll("|", "\\|").replaceAll("\n", " ");
}

/** Where and when: figures of two machines, or of a busy and a quiet one, do not compare. */
export function machine() {
  return {
    processor: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memoryGB: round(totalmem() / 1e9),
    platform: platform(),
    node: process.version,
    load: round(loadavg()[0]),
    time: new Date().toISOString(),
  };
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

/** To three significant digits. */
export function round(value) {
  return Number(value.toPrecision(3));
}
