import { realpath, stat } from "node:fs/promises";
import { Command, Option } from "commander";
import { isEmbeddingFolder } from "../../datasets/embeddings/embeddings-dataset.js";
import { NearlabelError } from "../../errors.js";
import { printableJson } from "../../files/printable.js";
import { type IngestResult, ingest } from "../../images/ingest/ingest.js";
import type { IngestOptions } from "../../images/ingest/ingest-options.js";
import { watchPictures } from "../../images/ingest/watch.js";
import { openImageTable } from "../../images/table/open.js";
import { counted } from "../../math/number-text.js";
import type { Dataset } from "../../rows/dataset.js";
import type { Precision } from "../../store/shape.js";
import { EXIT } from "../exit.js";
import { openFlaggedDataset } from "../flags/dataset.js";
import {
  collect,
  datasetOption,
  decodeOption,
  deviceOption,
  dtypeOption,
  imageColumnOption,
  labelColumnOption,
  type ModelFlags,
  maxPixelsOption,
  modelOption,
  orientationOption,
  splitOption,
  threadsOption,
  wholeNumber,
} from "../flags/options.js";
import { modelOfTable, tableOption, tablePlace } from "../flags/table.js";
import { countsText, ingestNotes, startIngestProgress } from "../output/ingest.js";
import { ofRow, writeError } from "../terminal/error-line.js";
import { duration } from "../terminal/progress.js";
import { shellWord } from "../terminal/shell-word.js";
import { type Terminal, writeLine } from "../terminal/terminal.js";

interface IngestFlags extends ModelFlags {
  table?: string;
  dataset?: string;
  split?: string;
  imageColumn?: string;
  labelColumn?: string;
  limit?: number;
  exclude?: string[];
  prune?: true;
  retry?: true;
  watch?: true;
  numbers: Precision;
  json?: true;
}

export function ingestCommand(terminal: Terminal, exit: (code: number) => void): Command {
  return new Command("ingest")
    .description(
      "Bring pictures into a table, so that they can be searched and labelled; only what is new is embedded.",
    )
    .argument("[pictures...]", "files, folders or globs; or one data set or stored embeddings")
    .addOption(tableOption())
    .option("--prune", "take out rows of the folder whose pictures are gone")
    .addOption(
      new Option(
        "--exclude <pattern>",
        "leave out files and folders of this name or path; repeat it",
      ).argParser(collect),
    )
    .option("--retry", "try pictures again that failed before, though they have not changed")
    .option("--watch", "go on, and follow the folder while pictures come and go, until Ctrl-C")
    .addOption(
      new Option("--numbers <type>", "of a new table: float16 takes half of the room")
        .choices(["float16", "float32"])
        .default("float32"),
    )
    .option("--json", "write an object with the counts")
    .optionsGroup("Pictures:")
    .addOption(datasetOption())
    .addOption(splitOption())
    .addOption(imageColumnOption())
    .addOption(labelColumnOption())
    .addOption(new Option("--limit <n>", "of a data set, stop after n pictures").argParser(wholeNumber(1)))
    .addOption(orientationOption())
    .addOption(decodeOption())
    .addOption(maxPixelsOption())
    .optionsGroup("Model:")
    .addOption(modelOption())
    .addOption(dtypeOption())
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addHelpText(
      "after",
      "\nThe model of a table that is there is used unless --model names another, which gets a table of its own beside it.\n--dataset <folder> takes the names of its folders for labels, which images suspects looks at; <folder> alone does not.\nIt may be ended at any moment and run again.\n",
    )
    .action(async (inputs: string[], flags: IngestFlags) => exit(await runIngest(inputs, flags, terminal)));
}

async function runIngest(inputs: string[], flags: IngestFlags, terminal: Terminal): Promise<number> {
  const { pictures, source } = await picturesOf(inputs, flags, terminal);
  const place = await tablePlace(flags.table, source === undefined ? inputs : []);
  await using model = await modelOfTable(() => openImageTable(place), flags, { terminal, towers: "vision" });
  const progress = startIngestProgress(terminal);
  const started = performance.now();
  const options: IngestOptions = {
    ...{ table: place, model, source, precision: flags.numbers, signal: terminal.signal },
    ...{ prune: flags.prune, exclude: flags.exclude, retry: flags.retry, limit: flags.limit },
    onProgress: progress.update,
    onFailure({ path, code, message }) {
      progress.clear();
      writeError(ofRow(path, new NearlabelError(code, message)), terminal);
    },
  };
  // Awaited, as the model is closed when this returns.
  if (flags.watch) return await watch(pictures, options, { flags, progress }, terminal);
  const result = await ingest(pictures, options).finally(progress.clear);
  if (flags.json) terminal.stdout.write(`${printableJson(result, 2)}\n`);
  else writeSummary(result, (performance.now() - started) / 1000, terminal);
  if (result.added > 0) await tellOfClasses(inputs, source, result.place, terminal);
  return result.failed > 0 ? EXIT.failed : EXIT.ok;
}

/** Tells of each run that changed something; ends as a command that was interrupted. */
async function watch(
  pictures: readonly string[] | Dataset,
  options: IngestOptions,
  { flags, progress }: { flags: IngestFlags; progress: ReturnType<typeof startIngestProgress> },
  terminal: Terminal,
): Promise<number> {
  if ("rows" in pictures) {
    throw new NearlabelError(
      "OPTION_INVALID",
      "--watch follows files and folders, not data sets. Leave it out.",
    );
  }
  let started = performance.now();
  for await (const result of watchPictures(pictures, options)) {
    progress.clear();
    if (flags.json) terminal.stdout.write(`${printableJson(result)}\n`);
    else writeSummary(result, (performance.now() - started) / 1000, terminal);
    started = performance.now();
  }
  return EXIT.ok;
}

function writeSummary(result: IngestResult, seconds: number, { stdout, stderr }: Terminal): void {
  const { place } = result;
  writeLine(
    stdout,
    `${countsText(result)}; ${counted(result.count, "picture")} in ${place}, ${duration(seconds)}`,
  );
  for (const note of ingestNotes(result, place)) writeLine(stderr, note);
}

/** Folders that are named after what their pictures show would be labels, had they been asked for. */
async function tellOfClasses(
  [folder, ...others]: readonly string[],
  source: string | undefined,
  place: string,
  { stderr }: Terminal,
): Promise<void> {
  if (folder === undefined || others.length > 0 || source !== undefined) return;
  const { mayBeClasses } = await import("../../datasets/folders/label-folders.js");
  if (!(await mayBeClasses(folder).catch(() => false))) return;
  writeLine(
    stderr,
    `The names of the folders in ${folder} are not taken for labels. If they are, this adds them: nearlabel ingest --dataset ${shellWord(folder)} --table ${shellWord(place)}`,
  );
}

/** Files and folders as they are given; a data set opened, with what tells its rows from others'. */
async function picturesOf(
  inputs: readonly string[],
  flags: IngestFlags,
  terminal: Terminal,
): Promise<{ pictures: readonly string[] | Dataset; source?: string }> {
  const { dataset: asked, split, imageColumn, labelColumn } = flags;
  if (asked !== undefined && inputs.length > 0) {
    throw new NearlabelError(
      "OPTION_INVALID",
      `Expected files or --dataset, got both: ${inputs[0]} and ${asked}.`,
    );
  }
  const path = asked ?? (await onlyDataset(inputs));
  if (path === undefined) {
    if (flags.limit !== undefined) {
      throw new NearlabelError(
        "OPTION_INVALID",
        "--limit belongs to a data set. Leave it out, or name one with --dataset.",
      );
    }
    return { pictures: inputs };
  }
  const opened = await openFlaggedDataset(
    path,
    { split, imageColumn, labelColumn, otherColumns: true },
    terminal,
  );
  return { pictures: opened, source: await realpath(path).catch(() => path) };
}

/** Those that are read, and arrays of other programs, which data sets tell how to convert. */
const DATASET_NAME = /\.(?:parquet|tar|npy|csv|jsonl|ndjson|bin|npz|pt|pth|pkl|pickle|h5|hdf5)$/i;

/** The only input, where it is no picture and no folder of pictures. */
async function onlyDataset(inputs: readonly string[]): Promise<string | undefined> {
  const [input, ...others] = inputs;
  if (input === undefined || others.length > 0) return undefined;
  const found = await stat(input).catch(() => undefined);
  if (found?.isDirectory()) return (await isEmbeddingFolder(input)) ? input : undefined;
  return found && DATASET_NAME.test(input) ? input : undefined;
}
