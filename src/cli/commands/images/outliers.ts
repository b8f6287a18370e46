import { Command, Option } from "commander";
import { printableJson } from "../../../files/printable.js";
import { findOutliers } from "../../../images/curate/outliers.js";
import { count, counted } from "../../../math/number-text.js";
import { wholeNumber } from "../../flags/options.js";
import { openTableOrFolder } from "../../flags/table.js";
import { whereOption } from "../../flags/where.js";
import { tableLines } from "../../terminal/table.js";
import { colour, roomOf, type Terminal, writeLine } from "../../terminal/terminal.js";
import { TABLE_ARGUMENT } from "./table-argument.js";

interface OutliersFlags {
  limit?: number;
  neighbours?: number;
  where?: string;
  json?: true;
}

export function outliersCommand({ stdout, stderr, signal }: Terminal): Command {
  return new Command("outliers")
    .description("Find pictures that are unlike all others.")
    .argument(...TABLE_ARGUMENT)
    .addOption(
      new Option("--limit <n>", "list n pictures, whether outliers or not").argParser(wholeNumber(1)),
    )
    .addOption(
      new Option("--neighbours <n>", "compare with the n nearest").argParser(wholeNumber(1)).default(10),
    )
    .addOption(whereOption())
    .option("--json", "write an array")
    .action(async (place: string, { limit, neighbours, where, json }: OutliersFlags) => {
      await using table = await openTableOrFolder(place);
      const all = await findOutliers(table, { neighbours, where, signal });
      const listed = limit === undefined ? all.filter(({ outlier }) => outlier) : all.slice(0, limit);
      if (json) {
        stdout.write(`${printableJson(listed, 2)}\n`);
        return;
      }
      if (listed.length > 0) {
        const columns = [
          { header: "picture" },
          { header: "distance", align: "right" },
          { header: "deviation", align: "right", dispensable: 1 },
        ] as const;
        const rows = listed.map(({ path, distance, deviation }) => [
          path,
          distance.toFixed(4),
          deviation.toFixed(1),
        ]);
        const [header = "", ...lines] = tableLines(columns, rows, roomOf(stdout));
        stdout.write(`${[colour(stdout, "dim", header), ...lines].join("\n")}\n`);
      }
      const outliers = all.filter(({ outlier }) => outlier).length;
      writeLine(
        stderr,
        `${count(outliers)} of ${counted(all.length, "picture")} farther off than 3.5 times the usual spread`,
      );
    });
}
