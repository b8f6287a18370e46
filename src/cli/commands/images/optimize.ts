import { Command, InvalidArgumentError, Option } from "commander";
import { EXACT_ROWS, VECTOR_INDEXES, type VectorIndexName } from "../../../images/search/vector-index.js";
import { buildIndexes } from "../../../images/upkeep/indexes.js";
import { count, counted } from "../../../math/number-text.js";
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
    .addOption(
      new Option(
        "--index <kind>",
        `of tables above ${count(EXACT_ROWS)} pictures: "ivf" is built in seconds, "hnsw" in minutes (default: what is there, else ivf)`,
      ).choices(VECTOR_INDEXES),
    )
    .action(async (place: string, { keepDays, index }: { keepDays?: number; index?: VectorIndexName }) => {
      await using table = await openTableOrFolder(place);
      const keepSince = keepDays === undefined ? undefined : new Date(Date.now() - keepDays * 86_400_000);
      await table.table.optimize({ keepSince });
      await buildIndexes(table, index);
      const versions = (await table.versions()).length;
      writeLine(
        stdout,
        `${place}: ${counted(table.info.count, "picture")}, ${counted(versions, "version")}.`,
      );
      if (index && table.info.count <= EXACT_ROWS) {
        writeLine(
          stdout,
          `No vector index: up to ${count(EXACT_ROWS)} pictures, a search compares with all of them.`,
        );
      }
    });
}

function days(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0) return value;
  throw new InvalidArgumentError(`Expected a number of days from 0, got "${text}".`);
}
