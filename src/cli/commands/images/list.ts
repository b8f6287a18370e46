import { Command, Option } from "commander";
import { printableJson } from "../../../files/printable.js";
import type { StoredImage } from "../../../images/table/stored-image.js";
import { wholeNumber } from "../../flags/options.js";
import { openTableOrFolder } from "../../flags/table.js";
import { type Column, tableLines } from "../../terminal/table.js";
import { colour, roomOf, type Terminal, writeLine } from "../../terminal/terminal.js";
import { TABLE_ARGUMENT } from "./table-argument.js";

interface ListFlags {
  where?: string;
  limit?: number;
  jsonl?: true;
  paths?: true;
  print0?: true;
}

export function listCommand({ stdout, signal }: Terminal): Command {
  return new Command("list")
    .description("List the pictures of a table.")
    .argument(...TABLE_ARGUMENT)
    .option(
      "--where <condition>",
      "only pictures that meet it, such as \"width > 1000 and taken > '2025-01-01'\"",
    )
    .addOption(new Option("--limit <n>", "stop after n pictures").argParser(wholeNumber(1)))
    .option("--jsonl", "write an object a line, with all columns")
    .option("--paths", "write paths alone, one a line")
    .option("-0, --print0", "write paths alone, with NUL after each")
    .action(async (place: string, { where, limit, jsonl, paths, print0 }: ListFlags) => {
      await using table = await openTableOrFolder(place);
      const listed: StoredImage[] = [];
      for await (const image of table.images({ where, limit })) {
        if (signal.aborted) return;
        if (print0) stdout.write(`${image.path}\0`);
        else if (paths) writeLine(stdout, image.path);
        else if (jsonl) stdout.write(`${printableJson(image)}\n`);
        else listed.push(image);
      }
      if (print0 || paths || jsonl) return;
      writeImages(listed, stdout);
    });
}

const COLUMNS: readonly (Column & { readonly cellOf: (image: StoredImage) => string })[] = [
  { header: "picture", cellOf: ({ path }) => path },
  {
    header: "size",
    align: "right",
    cellOf: ({ width, height }) => (width === null ? "" : `${width} x ${height}`),
  },
  {
    header: "taken",
    dispensable: 2,
    cellOf: ({ taken }) => taken?.toISOString().slice(0, 16).replace("T", " ") ?? "",
  },
  { header: "camera", dispensable: 3, cellOf: ({ camera }) => camera ?? "" },
  { header: "label", dispensable: 1, cellOf: ({ label, givenLabel }) => label ?? givenLabel ?? "" },
];

function writeImages(images: readonly StoredImage[], stdout: Terminal["stdout"]): void {
  if (images.length === 0) {
    writeLine(stdout, "No pictures.");
    return;
  }
  // What is known of no picture has no column.
  const shown = COLUMNS.filter(({ cellOf }) => images.some((image) => cellOf(image) !== ""));
  const rows = images.map((image) => shown.map(({ cellOf }) => cellOf(image)));
  const [header = "", ...lines] = tableLines(shown, rows, roomOf(stdout));
  stdout.write(`${[colour(stdout, "dim", header), ...lines].join("\n")}\n`);
}
