import { Command, InvalidArgumentError, Option } from "commander";
import { buildIndexes } from "../../../images/upkeep/upkeep.js";
import { openTableOrFolder } from "../../flags/table.js";
import { type Terminal, writeLine } from "../../terminal/terminal.js";
import { TABLE_ARGUMENT } from "./table-argument.js";

export function optimizeCommand({ stdout }: Terminal): Command {
  return new Command("optimize")
    .description(
      "Join the files of a table and bring its indexes up to date, which ingest does by itself as well.",
    )
    .argument(...TABLE_ARGUMENT)
    .addOption(new Option("--keep-days <n>", "take away versions that are older, for good").argParser(days))
    .action(async (place: string, { keepDays }: { keepDays?: number }) => {
      await using table = await openTableOrFolder(place);
      const keepSince = keepDays === undefined ? undefined : new Date(Date.now() - keepDays * 86_400_000);
      await table.table.optimize({ keepSince });
      await buildIndexes(table);
      const versions = (await table.versions()).length;
      writeLine(stdout, `${place}: ${table.info.count} pictures, ${versions} versions.`);
    });
}

function days(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0) return value;
  throw new InvalidArgumentError(`Expected a number of days from 0, got "${text}".`);
}
