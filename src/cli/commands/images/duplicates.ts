import { resolve } from "node:path";
import { Command, Option } from "commander";
import { NearlabelError } from "../../../errors.js";
import { printableJson } from "../../../files/printable.js";
import { imageFile } from "../../../image/image-file.js";
import {
  BANDS,
  type DuplicateGroup,
  type DuplicatesOptions,
  findDuplicates,
  notDuplicates,
} from "../../../images/curate/duplicates.js";
import { KEEP_RULES } from "../../../images/curate/keep-rule.js";
import type { ImageTable } from "../../../images/table/image-table.js";
import { count, counted } from "../../../math/number-text.js";
import { numberBetween } from "../../flags/options.js";
import { openTableOrFolder } from "../../flags/table.js";
import { whereOption } from "../../flags/where.js";
import { undoFileIn } from "../../sort/log.js";
import { createSorter } from "../../sort/sorter.js";
import { writeError } from "../../terminal/error-line.js";
import { startProgress } from "../../terminal/progress.js";
import { shellWord } from "../../terminal/shell-word.js";
import { colour, type Terminal, writeLine } from "../../terminal/terminal.js";
import { TABLE_ARGUMENT } from "./table-argument.js";

interface DuplicatesFlags extends Pick<DuplicatesOptions, "band" | "near" | "similar" | "keep" | "where"> {
  apart?: true;
  moveTo?: string;
  apply?: true;
  json?: true;
}

export function duplicatesCommand(terminal: Terminal): Command {
  const cosine = numberBetween(0, 1);
  return new Command("duplicates")
    .description("Find pictures that are alike, and which of them to keep. Nothing is moved without --apply.")
    .argument(...TABLE_ARGUMENT)
    .argument("[pictures...]", "with --apart: pictures that are no duplicates of each other")
    .addOption(new Option("--band <how>", "how alike at least").choices([...BANDS]).default("near"))
    .addOption(new Option("--near <cosine>", "least cosine of near pictures").argParser(cosine).default(0.99))
    .addOption(
      new Option("--similar <cosine>", "least cosine of similar pictures").argParser(cosine).default(0.95),
    )
    .addOption(
      new Option("--keep <rule>", "which of them to keep").choices([...KEEP_RULES]).default("largest"),
    )
    .addOption(whereOption())
    .option("--apart", "remember that the named pictures are no duplicates")
    .option("--move-to <folder>", "where to move what is not kept; told only, unless --apply is given")
    .option("--apply", "really move, and take the moved pictures out of the table")
    .option("--json", "write an array of groups")
    .addHelpText("after", EXAMPLES)
    .action(async (place: string, pictures: string[], flags: DuplicatesFlags) => {
      if (flags.apply && flags.moveTo === undefined) throw usage("--apply goes with --move-to.");
      if (!flags.apart && pictures.length > 0) throw usage("Pictures are named with --apart only.");
      await using table = await openTableOrFolder(place);
      if (flags.apart) await tellApart(table, pictures, terminal);
      else await list(table, flags, terminal);
    });
}

const EXAMPLES = `
same: the same file twice. near: another size or compression. similar: the same scene. Every duplicate is compared with the picture
that is kept.

Examples:
  nearlabel images duplicates photos.db
  nearlabel images duplicates photos.db --keep sharpest --move-to duplicates/ --apply
  nearlabel images duplicates photos.db --apart twin-1.jpg twin-2.jpg
`;

function usage(message: string): NearlabelError {
  return new NearlabelError("OPTION_INVALID", message);
}

async function tellApart(
  table: ImageTable,
  pictures: readonly string[],
  { stdout }: Terminal,
): Promise<void> {
  if (pictures.length < 2) throw usage("--apart needs two pictures or more.");
  const known = new Set(await table.table.keys());
  const paths = pictures.map((path) => (known.has(path) ? path : resolve(path)));
  await notDuplicates(table, paths);
  writeLine(stdout, `Remembered: ${counted(paths.length, "picture")} are no duplicates of each other.`);
}

async function list(table: ImageTable, flags: DuplicatesFlags, terminal: Terminal): Promise<void> {
  const { band, near, similar, keep, where } = flags;
  const progress = startProgress(terminal, "pictures", table.info.count);
  const options = { band, near, similar, keep, where, signal: terminal.signal, onProgress: progress.update };
  const groups = await findDuplicates(table, options).finally(progress.clear);
  if (flags.json) terminal.stdout.write(`${printableJson(groups, 2)}\n`);
  else writeGroups(groups, terminal);
  if (flags.moveTo !== undefined) await move(table, groups, flags.moveTo, flags.apply ?? false, terminal);
}

function writeGroups(groups: readonly DuplicateGroup[], { stdout, stderr }: Terminal): void {
  for (const { kept, duplicates } of groups) {
    writeLine(
      stdout,
      colour(stdout, "green", "keep"),
      `     ${kept.path}`,
      colour(stdout, "dim", sizeOf(kept)),
    );
    for (const { path, band, similarity, ...picture } of duplicates) {
      const how = `${band.padEnd(7)}  `;
      writeLine(
        stdout,
        colour(stdout, "yellow", how),
        path,
        colour(stdout, "dim", `${sizeOf(picture)}  ${similarity.toFixed(4)}`),
      );
    }
    stdout.write("\n");
  }
  const more = groups.reduce((sum, { duplicates }) => sum + duplicates.length, 0);
  writeLine(
    stderr,
    groups.length === 0
      ? "No duplicates."
      : `${counted(groups.length, "group")}, ${counted(more, "picture")} more than needed`,
  );
}

function sizeOf({
  width,
  height,
  bytes,
}: Pick<DuplicateGroup["kept"], "width" | "height" | "bytes">): string {
  const size = width === null ? "" : `  ${width} x ${height}`;
  return bytes === null ? size : `${size}  ${count(Math.ceil(bytes / 1000))} kB`;
}

async function move(
  table: ImageTable,
  groups: readonly DuplicateGroup[],
  into: string,
  apply: boolean,
  terminal: Terminal,
): Promise<void> {
  const { stderr, signal } = terminal;
  const pictures = groups.flatMap(({ duplicates }) => duplicates);
  if (pictures.length === 0) return;
  if (!apply) {
    writeLine(stderr, `${counted(pictures.length, "picture")} would be moved to ${into}: add --apply`);
    return;
  }
  const undoFile = undoFileIn(into);
  const sorter = createSorter({ into, by: "move", dryRun: false, undoFile });
  const moved: string[] = [];
  try {
    for (const { path, band } of pictures) {
      if (signal.aborted) break;
      try {
        if ((await sorter.sort(imageFile(path), path, band)) === "placed") moved.push(path);
      } catch (error) {
        if (!(error instanceof NearlabelError)) throw error;
        writeError(error, terminal);
      }
    }
  } finally {
    await sorter.close();
    await table.remove(moved);
  }
  writeLine(
    stderr,
    `${counted(moved.length, "picture")} moved to ${into}, ${count(pictures.length - moved.length)} left where they were`,
  );
  if (moved.length > 0) writeLine(stderr, `To undo it: nearlabel unsort ${shellWord(undoFile)}`);
}
