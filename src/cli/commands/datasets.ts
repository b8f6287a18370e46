import { extname } from "node:path";
import { Command, Option } from "commander";
import { type DatasetSurvey, surveyDataset } from "../../datasets/survey.js";
import { NearlabelError, reasonOf } from "../../errors.js";
import { writeWholeFile } from "../../files/whole-file.js";
import { type ContactSheet, createContactSheet, type SheetFormat } from "../../image/draw/contact-sheet.js";
import { counted } from "../../math/number-text.js";
import type { Dataset } from "../../rows/dataset.js";
import { EXIT } from "../exit.js";
import { type DatasetFlags, openFlaggedDataset } from "../flags/dataset.js";
import { labelColumnOption, splitOption, wholeNumber } from "../flags/options.js";
import { surveyJson, surveyText } from "../output/survey.js";
import { ofRow, writeError } from "../terminal/error-line.js";
import { startProgress } from "../terminal/progress.js";
import { type Terminal, writeLine } from "../terminal/terminal.js";

interface InfoFlags extends DatasetFlags {
  limit?: number;
  all?: true;
  json?: true;
  contactSheet?: string;
  perClass: number;
  seed: number;
}

export function datasetsCommand(terminal: Terminal, exit: (code: number) => void): Command {
  return new Command("datasets")
    .description("Look at data sets: files, folders, or data sets of the Hugging Face hub.")
    .addCommand(infoCommand(terminal, exit));
}

function infoCommand(terminal: Terminal, exit: (code: number) => void): Command {
  return new Command("info")
    .description("Count what a data set holds, by decoding every picture, and draw a sheet of samples.")
    .argument("<dataset>", "Parquet file, folder, or hub id such as uoft-cs/cifar100")
    .addOption(splitOption())
    .option("--config <name>", "configuration of a data set that has several")
    .option("--image-column <name>", "column of the data set with the pictures")
    .addOption(labelColumnOption())
    .addOption(new Option("--limit <n>", "look at the first n pictures only").argParser(wholeNumber(1)))
    .option("--all", "list every label, not only the first and last ten by count")
    .option("--json", "write an object")
    .optionsGroup("Contact sheet:")
    .option("--contact-sheet <file>", "draw pictures of each class into a .png, .jpg or .webp file")
    .addOption(
      new Option("--per-class <n>", "pictures of each class").argParser(wholeNumber(1, 100)).default(8),
    )
    .addOption(new Option("--seed <n>", "draws another sample").argParser(wholeNumber(0)).default(0))
    .action(async (path: string, flags: InfoFlags) => exit(await info(path, flags, terminal)));
}

/** Failures shown one by one. */
const FAILURES = 5;

async function info(path: string, flags: InfoFlags, terminal: Terminal): Promise<number> {
  const { stdout, stderr } = terminal;
  const format = flags.contactSheet === undefined ? undefined : sheetFormat(flags.contactSheet);
  const dataset = await openFlaggedDataset(path, flags, terminal);
  const sheet = format && createContactSheet({ perClass: flags.perClass, seed: flags.seed });
  const survey = await surveyed(dataset, flags.limit, sheet, terminal);
  stdout.write(flags.json ? surveyJson(dataset, survey) : surveyText(dataset, survey, flags, stdout));
  for (const { id, error } of survey.failures.slice(0, FAILURES)) writeError(ofRow(id, error), terminal);
  if (survey.unreadable > FAILURES) stderr.write(`and ${survey.unreadable - FAILURES} more\n`);
  if (sheet && format) await writeSheet(sheet, format, flags.contactSheet!, dataset, terminal);
  return survey.unreadable > 0 ? EXIT.failed : EXIT.ok;
}

async function surveyed(
  dataset: Dataset,
  limit: number | undefined,
  sheet: ContactSheet | undefined,
  terminal: Terminal,
): Promise<DatasetSurvey> {
  const total = dataset.size === undefined ? limit : Math.min(dataset.size, limit ?? dataset.size);
  const progress = startProgress(terminal, "pictures", total);
  try {
    return await surveyDataset(dataset, {
      limit,
      signal: terminal.signal,
      onProgress: progress.update,
      onPicture: sheet && (({ label = "(no label)" }, pixels) => sheet.add(label, pixels)),
    });
  } finally {
    progress.clear();
  }
}

const SHEET_FORMATS: Readonly<Record<string, SheetFormat>> = {
  ".png": "png",
  ".jpg": "jpeg",
  ".jpeg": "jpeg",
  ".webp": "webp",
};

function sheetFormat(file: string): SheetFormat {
  const format = SHEET_FORMATS[extname(file).toLowerCase()];
  if (format) return format;
  throw new NearlabelError(
    "OPTION_INVALID",
    `Expected --contact-sheet to name a .png, .jpg or .webp file, got "${file}".`,
  );
}

async function writeSheet(
  sheet: ContactSheet,
  format: SheetFormat,
  file: string,
  dataset: Dataset,
  { stderr }: Terminal,
): Promise<void> {
  const { bytes, pictures, classes, leftOut } = await sheet
    .render(format, dataset.labels)
    .catch((cause: unknown) => {
      throw new NearlabelError(
        "OPTION_INVALID",
        `The contact sheet cannot be drawn: ${reasonOf(cause)}. Give a smaller --per-class, or name a .png file.`,
        { cause },
      );
    });
  await writeWholeFile(file, bytes);
  const more = leftOut > 0 ? `; ${leftOut} more had no room` : "";
  writeLine(
    stderr,
    `${file}: ${counted(pictures, "picture")} of ${counted(classes, "class", "classes")}${more}`,
  );
}
