import { Command, Option } from "commander";
import type { Model } from "../../encoder/model.js";
import { NearlabelError } from "../../errors.js";
import { ingest } from "../../images/ingest/ingest.js";
import { type SearchResults, search } from "../../images/search/search.js";
import type { ImageTable } from "../../images/table/image-table.js";
import { openImageTable } from "../../images/table/open.js";
import { type TablePictures, tablePictures } from "../../images/table/table-pictures.js";
import { modelNote } from "../../model/built-in.js";
import { EXIT } from "../exit.js";
import {
  collect,
  decodeOption,
  deviceOption,
  dtypeOption,
  type ModelFlags,
  maxPixelsOption,
  modelOption,
  numberBetween,
  orientationOption,
  type TemplateFlags,
  templateOption,
  templatesOf,
  templatesOption,
  threadsOption,
  wholeNumber,
} from "../flags/options.js";
import { type QueryFlags, typedQuery } from "../flags/search-query.js";
import { modelOfTable, openTableOrFolder, tableOption, tablePlace } from "../flags/table.js";
import { startIngestProgress } from "../output/ingest.js";
import { searchCsv, searchJson, searchJsonLines, searchPaths } from "../output/search-formats.js";
import { writeSearchSheet } from "../output/search-sheet.js";
import { searchNotes, searchText } from "../output/search-text.js";
import { ofRow, writeError } from "../terminal/error-line.js";
import { type Terminal, writeLine, writeNote } from "../terminal/terminal.js";

interface SearchFlags extends ModelFlags, TemplateFlags, QueryFlags {
  table?: string;
  where?: string;
  label?: string;
  under?: string;
  limit: number;
  offset: number;
  tableVersion?: number;
  all?: true;
  minSimilarity?: number;
  exact?: true;
  json?: true;
  jsonl?: true;
  csv?: true;
  paths?: true;
  print0?: true;
  html?: string;
}

export function searchCommand(terminal: Terminal, exit: (code: number) => void): Command {
  return new Command("search")
    .description(
      "Find pictures by words or by pictures. What is new in the folder is embedded first, and kept.",
    )
    .argument(
      "[query...]",
      'words, such as "a dog on a beach", and the folder of pictures last; "dog:2" weighs 2',
    )
    .addOption(tableOption())
    .addOption(new Option("--image <file>", "a picture that others look like; repeat it").argParser(collect))
    .addOption(new Option("--minus <words>", "what pictures should not show; repeat it").argParser(collect))
    .addOption(templateOption())
    .addOption(templatesOption())
    .optionsGroup("Which pictures:")
    .option(
      "--where <condition>",
      "only pictures that meet it, such as \"width > 1000 and taken > '2025-01-01'\"",
    )
    .option("--label <label>", "only pictures of this label, as saved, or as they came")
    .option("--under <folder>", "only pictures below this folder or address")
    .addOption(new Option("--limit <n>", "pictures at most").argParser(wholeNumber(1)).default(20))
    .addOption(new Option("--offset <n>", "pass over the best n").argParser(wholeNumber(0)).default(0))
    .addOption(
      new Option("--table-version <n>", "read the table as of then: with it, pages fit together").argParser(
        wholeNumber(1),
      ),
    )
    .option("--all", "go on where relevance ends")
    .addOption(
      new Option("--min-similarity <s>", "all of this cosine or more, whatever their relevance").argParser(
        numberBetween(-1, 1),
      ),
    )
    .option("--exact", "compare with every picture, also where there is an index")
    .optionsGroup("Results:")
    .addOption(new Option("--json", "write one object").conflicts(["jsonl", "csv", "paths", "print0"]))
    .addOption(new Option("--jsonl", "write one object a line").conflicts(["csv", "paths", "print0"]))
    .addOption(new Option("--csv", "write one line a picture").conflicts(["paths", "print0"]))
    .option("--paths", "write paths alone, one a line")
    .option("-0, --print0", "write paths alone, with NUL after each")
    .option("--html <file>", "write a contact sheet as well, one file that needs no network")
    .optionsGroup("Model:")
    .addOption(modelOption())
    .addOption(dtypeOption())
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(orientationOption())
    .addOption(decodeOption())
    .addOption(maxPixelsOption())
    .addHelpText("after", EXAMPLES)
    .action(async (args: string[], flags: SearchFlags) => exit(await runSearch(args, flags, terminal)));
}

const EXAMPLES = `
Exit code: 0 also where nothing was found, 2 nothing could be done, 130 or 143 interrupted.

Examples:
  nearlabel search "a dog on a beach" photos/
  nearlabel search dog:2 beach --minus snow --table photos.db --limit 50 --html dogs.html
  nearlabel search --image query.jpg photos/ -0 | xargs -0 cp -t similar/
`;

async function runSearch(args: readonly string[], flags: SearchFlags, terminal: Terminal): Promise<number> {
  const { query, folder } = await typedQuery(args, flags);
  if (folder === undefined && flags.table === undefined) {
    throw new NearlabelError(
      "OPTION_INVALID",
      "Where to search? Give a folder of pictures last, or a table with --table.",
    );
  }
  const place = folder === undefined ? undefined : await tablePlace(flags.table, [folder]);
  await using model = await modelOfTable(() => openTableOrFolder(place ?? flags.table!), flags, { terminal });
  const at = folder === undefined ? undefined : await bringIn(folder, place!, { flags, model, terminal });
  await using table =
    at === undefined ? await openTableOrFolder(flags.table!) : await openImageTable(at, { model });
  const { all, exact, where, label, under, limit, offset, minSimilarity } = flags;
  const results = await search(table, query, {
    ...{ model, all, exact, where, label, limit, offset, minSimilarity, signal: terminal.signal },
    // A table of its own holds nothing but the folder.
    under: under ?? (flags.table === undefined ? undefined : folder),
    version: flags.tableVersion,
    templates: await templatesOf(flags),
  });
  await writeFound(results, { flags, table, terminal, words: wordsOf(args, folder, flags) });
  return EXIT.ok;
}

interface BringIn {
  readonly flags: SearchFlags;
  readonly model: Model;
  readonly terminal: Terminal;
}

/** Embeds what is new in the folder; pictures that cannot be read are told of and end nothing. Returns where the table lies. */
async function bringIn(folder: string, place: string, { flags, model, terminal }: BringIn): Promise<string> {
  const progress = startIngestProgress(terminal);
  const result = await ingest(folder, {
    ...{ table: place, model, signal: terminal.signal, onProgress: progress.update },
    // What is gone cannot be looked at; a table that was named may hold it for another reason.
    prune: flags.table === undefined,
    onFailure({ path, code, message }) {
      progress.clear();
      writeError(ofRow(path, new NearlabelError(code, message)), terminal);
    },
  }).finally(progress.clear);
  return result.place;
}

interface WriteFound {
  readonly flags: SearchFlags;
  readonly table: ImageTable;
  readonly terminal: Terminal;
  readonly words: string;
}

async function writeFound(
  results: SearchResults,
  { flags, table, terminal, words }: WriteFound,
): Promise<void> {
  const { stdout, stderr } = terminal;
  const pictures = tablePictures(table);
  stdout.write(await formatted(results, pictures, flags, terminal));
  if (flags.html !== undefined) {
    await writeSearchSheet(flags.html, results, { pictures, words, terminal });
    writeLine(stderr, `Contact sheet: ${flags.html}`);
  }
  const all = flags.all ?? false;
  const notes = searchNotes(results, { pictures: await table.count(), words, all });
  for (const note of notes) writeNote(stderr, note);
  writeNote(stderr, `Model: ${modelNote(table.info.model)}.`);
}

async function formatted(
  results: SearchResults,
  pictures: TablePictures,
  flags: SearchFlags,
  terminal: Terminal,
): Promise<string> {
  if (flags.json) return searchJson(results);
  if (flags.jsonl) return searchJsonLines(results);
  if (flags.csv) return searchCsv(results);
  if (flags.paths || flags.print0) return searchPaths(results, flags.print0 ?? false);
  return searchText(results, pictures, terminal);
}

/** The query as it was typed, for people. */
function wordsOf(
  args: readonly string[],
  folder: string | undefined,
  { image = [], minus = [] }: SearchFlags,
) {
  const words = folder === undefined ? args : args.slice(0, -1);
  const looked = [...words, ...image].map((word) => JSON.stringify(word)).join(" and ");
  return minus.length === 0
    ? looked
    : `${looked} without ${minus.map((word) => JSON.stringify(word)).join(" and ")}`;
}
