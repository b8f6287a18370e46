import { Command, Option } from "commander";
import { printableJson } from "../../../files/printable.js";
import {
  findSuspects,
  LEAST_DOUBT,
  SUSPECT_KINDS,
  type Suspects,
  type SuspectsOptions,
} from "../../../images/curate/suspects.js";
import { count, counted } from "../../../math/number-text.js";
import { labelsOption } from "../../flags/labels.js";
import { numberBetween, wholeNumber } from "../../flags/options.js";
import { type StoredLabelFlags, storedLabelsOf } from "../../flags/stored-labels.js";
import { openTableOrFolder } from "../../flags/table.js";
import { labelSetOption, whereOption } from "../../flags/where.js";
import { tableLines } from "../../terminal/table.js";
import { colour, roomOf, type Terminal, writeLine } from "../../terminal/terminal.js";
import { TABLE_ARGUMENT } from "./table-argument.js";

interface SuspectsFlags
  extends StoredLabelFlags,
    Pick<SuspectsOptions, "column" | "split" | "least" | "near" | "where"> {
  limit: number;
  json?: true;
}

export function suspectsCommand(terminal: Terminal): Command {
  const { stdout, stderr } = terminal;
  return new Command("suspects")
    .description("Find given labels that seem to be wrong, the most doubtful first.")
    .argument(...TABLE_ARGUMENT)
    .option("--column <name>", "column with the given labels", "given_label")
    .option("--split <column>", "column with the split, to find pictures that are in two")
    .addOption(labelsOption())
    .addOption(labelSetOption())
    .addOption(
      new Option("--least <doubt>", "list doubts from here on, above 0.5")
        .argParser(numberBetween(0, 1))
        .default(LEAST_DOUBT),
    )
    .addOption(
      new Option("--near <cosine>", "least cosine of pictures that are alike")
        .argParser(numberBetween(0, 1))
        .default(0.99),
    )
    .addOption(whereOption())
    .addOption(new Option("--limit <n>", "list n at most").argParser(wholeNumber(1)).default(50))
    .option("--json", "write an object with all of them")
    .addHelpText("after", KINDS)
    .action(async (place: string, flags: SuspectsFlags) => {
      await using table = await openTableOrFolder(place);
      const { column, split, least, near, where, limit } = flags;
      const labels = await storedLabelsOf(flags, terminal);
      const found = await findSuspects(table, { ...labels, column, split, least, near, where });
      if (flags.json) stdout.write(`${printableJson(found, 2)}\n`);
      else writeSuspects(found, limit, terminal);
      const kinds = SUSPECT_KINDS.map(
        (kind) => [kind, found.suspects.filter((each) => each.kind === kind).length] as const,
      );
      const told = kinds
        .filter(([, number]) => number > 0)
        .map(([kind, number]) => `${count(number)} ${kind}`);
      const left = found.leftOut === 0 ? "" : `; ${count(found.leftOut)} without a label left out`;
      writeLine(stderr, `${counted(found.pictures, "picture")}: ${told.join(", ") || "no suspects"}${left}`);
    });
}

const KINDS = `
wrong-label: the other pictures and the model speak for another label. two-labels: for another one too. duplicates-differ: a picture
that is alike has another label. train-test: a picture that is alike is in another split.
`;

function writeSuspects({ suspects }: Suspects, limit: number, { stdout }: Terminal): void {
  if (suspects.length === 0) return;
  const columns = [
    { header: "doubt", align: "right" },
    { header: "picture" },
    { header: "given" },
    { header: "rather" },
    { header: "kind", dispensable: 1 },
  ] as const;
  const rows = suspects
    .slice(0, limit)
    .map(({ doubt, path, given, suggested, other, kind }) => [
      doubt.toFixed(3),
      path,
      given,
      kind === "train-test" ? (other ?? "") : (suggested ?? ""),
      kind,
    ]);
  const [header = "", ...lines] = tableLines(columns, rows, roomOf(stdout));
  stdout.write(`${[colour(stdout, "dim", header), ...lines].join("\n")}\n`);
  if (suspects.length > limit)
    writeLine(stdout, `and ${count(suspects.length - limit)} more: --limit, or --json for all`);
}
