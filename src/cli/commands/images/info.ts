import { Command } from "commander";
import { printableJson } from "../../../files/printable.js";
import type { ImageFailure } from "../../../images/table/failures.js";
import type { ImageTableInfo } from "../../../images/table/table-info.js";
import { count, counted } from "../../../math/number-text.js";
import type { TableIndex } from "../../../store/indexes.js";
import { openTableOrFolder } from "../../flags/table.js";
import { tableLines } from "../../terminal/table.js";
import { colour, type Terminal, writeLine } from "../../terminal/terminal.js";
import { TABLE_ARGUMENT } from "./table-argument.js";

/** Failures that are shown. */
const SHOWN = 10;

export function infoCommand({ stdout }: Terminal): Command {
  return new Command("info")
    .description(
      "Tell what a table holds: its model, its pictures, its indexes, and what could not be embedded.",
    )
    .argument(...TABLE_ARGUMENT)
    .option("--json", "write an object, with all failures")
    .action(async (place: string, { json }: { json?: true }) => {
      await using table = await openTableOrFolder(place);
      const { info } = table;
      const failures = await table.failures();
      const indexes = await table.table.indexes();
      const versions = (await table.versions()).length;
      if (json) {
        const found = { place: table.place, ...info, indexes, versions, failures };
        stdout.write(`${printableJson(found, 2)}\n`);
        return;
      }
      const facts = factsOf(info, { place: table.place, indexes, versions });
      const lines = facts.map(([name, value]) => [colour(stdout, "dim", name), value]);
      for (const line of tableLines([{ header: "" }, { header: "" }], lines)) stdout.write(`${line}\n`);
      writeFailures(failures, stdout);
    });
}

function factsOf(
  info: ImageTableInfo,
  {
    place,
    indexes,
    versions,
  }: { readonly place: string; readonly indexes: readonly TableIndex[]; readonly versions: number },
): [string, string][] {
  const own = Object.entries(info.columns).map(([name, { type }]) => `${name} (${type})`);
  const dtype = info.dtype === undefined ? "" : `, ${info.dtype}`;
  return [
    ["table", place],
    ["model", `${info.model}${dtype}, ${info.fingerprint.slice(0, "sha256:".length + 12)}`],
    ["pictures", count(info.count)],
    ["vectors", `${info.dimension} x ${info.precision}`],
    ["your columns", own.length === 0 ? "none" : own.join(", ")],
    [
      "indexes",
      indexes.length === 0 ? "none: every search compares with all" : indexes.map(indexText).join(", "),
    ],
    ["versions", count(versions)],
    ["made", info.created],
  ];
}

function indexText({ column, kind, unindexedRows }: TableIndex): string {
  return `${column} (${kind}${unindexedRows > 0 ? `, ${count(unindexedRows)} rows not in it yet` : ""})`;
}

function writeFailures(failures: readonly ImageFailure[], stdout: Terminal["stdout"]): void {
  if (failures.length === 0) return;
  stdout.write("\n");
  writeLine(stdout, `${counted(failures.length, "picture")} could not be embedded:`);
  for (const { code, message } of failures.slice(0, SHOWN)) writeLine(stdout, `  ${code}: ${message}`);
  if (failures.length > SHOWN)
    writeLine(stdout, `  and ${count(failures.length - SHOWN)} more; --json has all`);
}
