import { realpath } from "node:fs/promises";
import { resolve } from "node:path";
import { Command } from "commander";
import { NearlabelError } from "../../../errors.js";
import { counted } from "../../../math/number-text.js";
import { openTableOrFolder } from "../../flags/table.js";
import { type Terminal, writeLine } from "../../terminal/terminal.js";
import { TABLE_ARGUMENT } from "./table-argument.js";

/** Rows that are taken out in one write. */
const ROWS = 1000;

interface RemoveFlags {
  where?: string;
  under?: string;
}

export function removeCommand({ stdout }: Terminal): Command {
  return new Command("remove")
    .description("Take pictures out of a table; their files stay.")
    .argument(...TABLE_ARGUMENT)
    .argument("[pictures...]", "paths, as nearlabel images list has them")
    .option("--where <condition>", "all pictures that meet it")
    .option("--under <folder>", "all pictures in this folder and its folders")
    .action(async (place: string, pictures: string[], { where, under }: RemoveFlags) => {
      if (pictures.length === 0 && where === undefined && under === undefined) {
        throw new NearlabelError(
          "INPUT_EMPTY",
          "Nothing to remove. Expected paths of pictures, --where or --under.",
        );
      }
      await using table = await openTableOrFolder(place);
      const version = (await table.versions()).at(-1)!.version;
      const before = table.info.count;
      const wanted = new Set(pictures.flatMap((path) => [path, resolve(path)]));
      const folder =
        under === undefined ? undefined : `${await realpath(under).catch(() => resolve(under))}/`;
      if (where !== undefined || folder !== undefined) {
        for await (const { path } of table.images({ where })) {
          if (folder === undefined || path.startsWith(folder)) wanted.add(path);
        }
      }
      const paths = [...wanted];
      for (let at = 0; at < paths.length; at += ROWS) await table.remove(paths.slice(at, at + ROWS));
      const removed = before - table.info.count;
      const back = removed === 0 ? "" : ` Back again: nearlabel images restore ${place} ${version}`;
      writeLine(stdout, `${counted(removed, "picture")} taken out, ${table.info.count} left.${back}`);
    });
}
