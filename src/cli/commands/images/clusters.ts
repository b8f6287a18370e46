import { Command, Option } from "commander";
import { printableJson } from "../../../files/printable.js";
import { findClusters } from "../../../images/curate/clusters.js";
import { count, counted } from "../../../math/number-text.js";
import { wholeNumber } from "../../flags/options.js";
import { storedLabelsOf } from "../../flags/stored-labels.js";
import { openTableOrFolder } from "../../flags/table.js";
import { labelSetOption, whereOption } from "../../flags/where.js";
import { tableLines } from "../../terminal/table.js";
import { colour, roomOf, type Terminal, writeLine } from "../../terminal/terminal.js";
import { TABLE_ARGUMENT } from "./table-argument.js";

interface ClustersFlags {
  words?: string;
  labelSet?: string;
  count?: number;
  where?: string;
  json?: true;
}

export function clustersCommand(terminal: Terminal): Command {
  const { stdout, stderr } = terminal;
  return new Command("clusters")
    .description("Group pictures by what they show, and name each group.")
    .argument(...TABLE_ARGUMENT)
    .option("--words <names|file>", "words to name groups by (default: some 300 everyday ones)")
    .addOption(labelSetOption())
    .addOption(new Option("--count <n>", "number of groups").argParser(wholeNumber(1)))
    .addOption(whereOption())
    .option("--json", "write an array with the pictures of each group")
    .action(async (place: string, { words, labelSet, count: wanted, where, json }: ClustersFlags) => {
      await using table = await openTableOrFolder(place);
      const labels = await storedLabelsOf(
        { labels: words === undefined ? undefined : [words], labelSet },
        terminal,
      );
      const clusters = await findClusters(table, { ...labels, count: wanted, where });
      if (json) {
        stdout.write(`${printableJson(clusters, 2)}\n`);
        return;
      }
      const columns = [
        { header: "group" },
        { header: "pictures", align: "right" },
        { header: "cohesion", align: "right", dispensable: 2 },
        { header: "most typical", dispensable: 1 },
      ] as const;
      const rows = clusters.map(({ name, pictures, cohesion }) => [
        name.join(", "),
        count(pictures.length),
        cohesion.toFixed(3),
        pictures[0] ?? "",
      ]);
      const [header = "", ...lines] = tableLines(columns, rows, roomOf(stdout));
      stdout.write(`${[colour(stdout, "dim", header), ...lines].join("\n")}\n`);
      const pictures = clusters.reduce((sum, each) => sum + each.pictures.length, 0);
      writeLine(stderr, `${counted(pictures, "picture")} in ${counted(clusters.length, "group")}`);
    });
}
