import { Command, Option } from "commander";
import { printableJson } from "../../../files/printable.js";
import { checkRecall, type RecallReport } from "../../../images/search/recall.js";
import { count, percent } from "../../../math/number-text.js";
import { wholeNumber } from "../../flags/options.js";
import { openTableOrFolder } from "../../flags/table.js";
import { tableLines } from "../../terminal/table.js";
import { colour, type Terminal } from "../../terminal/terminal.js";
import { TABLE_ARGUMENT } from "./table-argument.js";

export function checkRecallCommand({ stdout, signal }: Terminal): Command {
  return new Command("check-recall")
    .description(
      "Measure on a table's own vectors how much of what an exact search finds its index finds, and how fast.",
    )
    .argument(...TABLE_ARGUMENT)
    .addOption(
      new Option("--sample <n>", "pictures drawn to search for").argParser(wholeNumber(1)).default(100),
    )
    .option("--json", "write an object")
    .action(async (place: string, { sample, json }: { sample: number; json?: true }) => {
      await using table = await openTableOrFolder(place);
      const report = await checkRecall(table, sample, signal);
      if (json) {
        stdout.write(`${printableJson(report, 2)}\n`);
        return;
      }
      const facts = factsOf(report).map(([name, value]) => [colour(stdout, "dim", name), value]);
      for (const line of tableLines([{ header: "" }, { header: "" }], facts)) stdout.write(`${line}\n`);
    });
}

function factsOf({ rows, index, unindexedRows, settings, queries, recall, milliseconds }: RecallReport) {
  const exact = index === "exact";
  const late = unindexedRows > 0 ? `, ${count(unindexedRows)} pictures not in it yet` : "";
  return [
    ["pictures", count(rows)],
    ["index", exact ? "none: every search compares with all" : `${index}${late}`],
    ...(settings
      ? [["searched with", `${settings.probes} partitions, ${settings.refine} candidates a result`]]
      : []),
    ["recall@10", `${percent(recall, 2)}, of ${count(queries)} queries`],
    [
      "one search",
      exact
        ? `${milliseconds.exact.toFixed(1)} ms`
        : `${milliseconds.index.toFixed(1)} ms; exact ${milliseconds.exact.toFixed(1)} ms`,
    ],
  ] as [string, string][];
}
