import { Command } from "commander";
import { printableJson } from "../../../files/printable.js";
import { earlierLabelCounts, labelCounts } from "../../../images/label/label-counts.js";
import { count, counted } from "../../../math/number-text.js";
import { openTableOrFolder } from "../../flags/table.js";
import { whereOption } from "../../flags/where.js";
import { writeCounts } from "../../output/label-counts.js";
import { type Terminal, writeLine } from "../../terminal/terminal.js";
import { TABLE_ARGUMENT } from "./table-argument.js";

interface LabelCountsFlags {
  where?: string;
  labelSet?: string;
  parents?: true;
  json?: true;
}

export function labelCountsCommand({ stdout, stderr }: Terminal): Command {
  return new Command("label-counts")
    .description("Count the pictures of each label that classify --save wrote into a table.")
    .argument(...TABLE_ARGUMENT)
    .addOption(whereOption())
    .option("--label-set <name@version>", "what an earlier labelling said, such as animals@2")
    .option("--parents", "count by the parents of labels")
    .option("--json", "write an object")
    .action(async (place: string, { where, labelSet, parents, json }: LabelCountsFlags) => {
      await using table = await openTableOrFolder(place);
      if (labelSet !== undefined) {
        const counts = await earlierLabelCounts(table, labelSet);
        const pictures = [...counts.values()].reduce((sum, number) => sum + number, 0);
        if (json)
          stdout.write(`${printableJson({ labelSet, pictures, counts: Object.fromEntries(counts) }, 2)}\n`);
        else writeCounts(counts, pictures, stdout);
        return;
      }
      const found = await labelCounts(table, { where });
      const { pictures, unknown, unlabelled } = found;
      if (json) {
        const maps = { counts: found.counts, parents: found.parents, labelSets: found.labelSets };
        const plain = Object.fromEntries(
          Object.entries(maps).map(([key, map]) => [key, Object.fromEntries(map)]),
        );
        stdout.write(`${printableJson({ pictures, unknown, unlabelled, ...plain }, 2)}\n`);
        return;
      }
      if (pictures === 0) {
        writeLine(stdout, "No pictures.");
        return;
      }
      if (pictures === unlabelled) {
        writeLine(
          stdout,
          `No labels yet. Give some: nearlabel classify --table ${place} --labels cat,dog --save pets`,
        );
        return;
      }
      writeCounts(parents ? found.parents : found.counts, pictures, stdout);
      const sets = [...found.labelSets].map(([name, number]) => `${count(number)} by ${name}`).join(", ");
      writeLine(
        stderr,
        `${counted(pictures, "picture")}: ${sets}, ${count(unknown)} of them unknown; ${count(unlabelled)} without a label`,
      );
    });
}
