import { Command } from "commander";
import { count, counted } from "../../math/number-text.js";
import { EXIT } from "../exit.js";
import { undoLastSort } from "../sort/log.js";
import { type Terminal, writeLine } from "../terminal/terminal.js";

export function unsortCommand(terminal: Terminal, exit: (code: number) => void): Command {
  return new Command("unsort")
    .description("Undo the last classify --sort-into: put moved pictures back, take copies and links away.")
    .argument("<file>", "the undo file of classify --sort-into, or the folder of one with --move")
    .addHelpText(
      "after",
      [
        "\nEach sort with --move writes an undo file into its folder. Copies and links are undone only when --undo-file was given.",
        "Files that changed since, or have no original any more, stay, and stay in the undo file to be tried again.",
        "Run it again to undo the sort before.\n",
      ].join("\n"),
    )
    .action(async (file: string) => exit(await unsort(file, terminal)));
}

async function unsort(path: string, { stdout, stderr }: Terminal): Promise<number> {
  const { run, undone, left, runsLeft } = await undoLastSort(path);
  for (const { file, reason } of left) writeLine(stderr, `${file} stays: ${reason}`);
  const stay = left.length > 0 ? `, ${count(left.length)} stay` : "";
  const others = runsLeft > 0 ? `; ${counted(runsLeft, "sort")} can still be undone` : "";
  writeLine(stdout, `${counted(undone, "picture")} of the sort of ${run} undone${stay}${others}.`);
  return left.length > 0 ? EXIT.failed : EXIT.ok;
}
