import { Command } from "commander";
import { printableJson } from "../../../files/printable.js";
import { counted } from "../../../math/number-text.js";
import { wholeNumber } from "../../flags/options.js";
import { openTableOrFolder } from "../../flags/table.js";
import { tableLines } from "../../terminal/table.js";
import { colour, type Terminal, writeLine } from "../../terminal/terminal.js";
import { TABLE_ARGUMENT } from "./table-argument.js";

export function versionsCommand({ stdout }: Terminal): Command {
  return new Command("versions")
    .description("List the states that a table has been in; each write makes one.")
    .argument(...TABLE_ARGUMENT)
    .option("--json", "write an array")
    .action(async (place: string, { json }: { json?: true }) => {
      await using table = await openTableOrFolder(place);
      const versions = await table.versions();
      if (json) {
        stdout.write(`${printableJson(versions, 2)}\n`);
        return;
      }
      const columns = [
        { header: "version", align: "right" },
        { header: "written" },
        { header: "pictures", align: "right" },
      ] as const;
      const rows = versions.map(({ version, created, rows }) => [String(version), created, String(rows)]);
      const [header = "", ...lines] = tableLines(columns, rows);
      stdout.write(`${[colour(stdout, "dim", header), ...lines].join("\n")}\n`);
    });
}

export function restoreCommand({ stdout }: Terminal): Command {
  return new Command("restore")
    .description("Make an earlier state of a table the current one; later ones stay.")
    .argument(...TABLE_ARGUMENT)
    .argument("<version>", "as nearlabel images versions lists them", wholeNumber(1))
    .action(async (place: string, version: number) => {
      await using table = await openTableOrFolder(place);
      await table.restore(version);
      writeLine(stdout, `${place}: ${counted(table.info.count, "picture")}, as in version ${version}.`);
    });
}
