import { Command, Option } from "commander";
import { EXPORT_FORMATS, type ExportOptions, exportImages } from "../../../images/exchange/export.js";
import { LABEL_SOURCES, type LabelSource } from "../../../images/exchange/exported-rows.js";
import { count, counted } from "../../../math/number-text.js";
import { EXIT } from "../../exit.js";
import { openTableOrFolder } from "../../flags/table.js";
import { whereOption } from "../../flags/where.js";
import { duration, startProgress } from "../../terminal/progress.js";
import { type Terminal, writeLine } from "../../terminal/terminal.js";
import { TABLE_ARGUMENT } from "./table-argument.js";

interface ExportFlags extends Pick<ExportOptions, "format" | "where" | "root" | "prefix" | "split"> {
  labels: LabelSource;
  out: string;
  link?: true;
}

/** Paths of pictures that could not be placed, as far as they are listed. */
const SHOWN = 10;

const LABEL_ADVICE: Readonly<Record<LabelSource, string>> = {
  found:
    "nearlabel classify --table … --save gives them, or take those that pictures came with: --labels given",
  given: "--labels found takes those that nearlabel classify --save gave",
};

export function exportCommand(terminal: Terminal, exit: (code: number) => void): Command {
  const { stderr, signal } = terminal;
  return new Command("export")
    .description("Write a table as other programs read it.")
    .argument(...TABLE_ARGUMENT)
    .addOption(
      new Option("-f, --format <name>", "as what").choices([...EXPORT_FORMATS]).makeOptionMandatory(),
    )
    .requiredOption("-o, --out <path>", "file; for clip-retrieval and yolo a folder")
    .addOption(
      new Option("--labels <which>", "those that classify found, or those that came with the pictures")
        .choices([...LABEL_SOURCES])
        .default("found"),
    )
    .addOption(whereOption())
    .option("--root <folder>", "write file names from this folder on")
    .option("--prefix <text>", "write this before each file name, such as /data/local-files/?d=")
    .option("--split <column>", "for yolo: the column with train, val and test")
    .option("--link", "for yolo: hard links in place of copies")
    .action(async (place: string, { out: to, link, ...flags }: ExportFlags) => {
      await using table = await openTableOrFolder(place);
      const started = performance.now();
      const progress = startProgress(terminal, "pictures", table.info.count);
      const options = {
        ...flags,
        to,
        ...(link && { by: "link" as const }),
        signal,
        onProgress: progress.update,
      };
      const { pictures, missing, unlabelled } = await exportImages(table, options).finally(progress.clear);
      for (const path of missing.slice(0, SHOWN)) writeLine(stderr, `Not there any more: ${path}`);
      if (missing.length > SHOWN) writeLine(stderr, `and ${count(missing.length - SHOWN)} more`);
      writeLine(
        stderr,
        `${counted(pictures - missing.length - unlabelled, "picture")} to ${to}, ${duration((performance.now() - started) / 1000)}`,
      );
      if (unlabelled > 0) {
        writeLine(
          stderr,
          `${counted(unlabelled, "picture")} left out: no label. ${LABEL_ADVICE[flags.labels]}`,
        );
      }
      exit(missing.length > 0 ? EXIT.failed : EXIT.ok);
    });
}
