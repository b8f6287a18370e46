import { NearlabelError } from "../../errors.js";
import { printableJson } from "../../files/printable.js";
import { type ClassifyTableOptions, classifyTable } from "../../images/label/classify-table.js";
import { type FittedThresholds, fitThresholds } from "../../images/label/fit-thresholds.js";
import { labelTable, type TableLabelling } from "../../images/label/label-table.js";
import { labelSetText } from "../../images/label/saved-label-set.js";
import type { ImageTable } from "../../images/table/image-table.js";
import { count, counted } from "../../math/number-text.js";
import { EXIT } from "../exit.js";
import { type RejectFlags, rejectOf } from "../flags/reject.js";
import { type StoredLabelFlags, storedLabelsOf } from "../flags/stored-labels.js";
import { openTableOrFolder } from "../flags/table.js";
import { type FormatFlags, formatOf } from "../output/chosen-format.js";
import { writeCounts } from "../output/label-counts.js";
import { duration, startProgress } from "../terminal/progress.js";
import { type Terminal, writeLine } from "../terminal/terminal.js";

/** Flags of `classify`, as far as they concern a table. */
interface StoredFlags extends StoredLabelFlags, RejectFlags, FormatFlags {
  table: string;
  where?: string;
  save?: string;
  fit?: string | true;
  model?: string;
  minScore?: number;
  minSimilarity?: number;
  multiLabel?: true;
  limit?: number;
  dataset?: string;
  filesFrom?: string;
  sortInto?: string;
  cache?: true;
  search?: string;
}

/** `nearlabel classify --table`: labels pictures by the embeddings that a table has of them. */
export async function classifyStored(
  inputs: readonly string[],
  flags: StoredFlags,
  terminal: Terminal,
): Promise<number> {
  checkFlags(inputs, flags);
  await using table = await openTableOrFolder(flags.table);
  const given = await storedLabelsOf(flags, terminal);
  const { where, minScore, minSimilarity, multiLabel, top: topK } = flags;
  const fitted = await fittedOf(table, flags, given, terminal);
  const options = {
    ...given,
    model: flags.model,
    reject: await rejectOf(flags),
    where,
    minScore: fitted?.minScore ?? minScore,
    minSimilarity,
    multiLabel,
  };
  if (flags.save === undefined)
    return await print(table, { ...options, topK, limit: flags.limit }, flags, terminal);
  const started = performance.now();
  const progress = startProgress(terminal, "pictures", table.info.count);
  const labelling = await labelTable(table, {
    ...options,
    save: flags.save,
    onProgress: progress.update,
  }).finally(progress.clear);
  writeLabelling(labelling, (performance.now() - started) / 1000, flags, terminal);
  return EXIT.ok;
}

/** What of `classify` has no meaning for pictures that are not opened, or not for labels that are written into a table. */
function checkFlags(inputs: readonly string[], flags: StoredFlags): void {
  const others = ["dataset", "filesFrom", "sortInto", "cache", "search"] as const;
  const other = inputs.length > 0 ? "pictures" : others.find((name) => flags[name] !== undefined);
  if (other !== undefined) {
    throw usage(`--table classifies the pictures that it holds: ${other} cannot be given with it.`);
  }
  const { labels, index, labelSet, save, fit, multiLabel, csv, jsonl, limit } = flags;
  if (labels === undefined && index === undefined && labelSet === undefined && save === undefined) {
    throw usage(
      "No labels. Give them with --labels cat,dog, --labels file, --index folder or --label-set name.",
    );
  }
  if (fit !== undefined && !multiLabel) throw usage("--fit goes with --multi-label.");
  if (fit !== undefined && flags.minScore !== undefined)
    throw usage("--fit finds least scores: leave out --min-score.");
  if (save !== undefined && (csv || jsonl || limit !== undefined)) {
    throw usage(
      "--save writes labels into the table: leave out --csv, --jsonl and --limit. nearlabel images list shows them.",
    );
  }
}

function usage(message: string): NearlabelError {
  return new NearlabelError("OPTION_INVALID", message);
}

async function fittedOf(
  table: ImageTable,
  { fit, where, model }: StoredFlags,
  labels: Awaited<ReturnType<typeof storedLabelsOf>>,
  { stderr }: Terminal,
): Promise<FittedThresholds | undefined> {
  if (fit === undefined) return undefined;
  const column = fit === true ? undefined : fit;
  const fitted = await fitThresholds(table, { ...labels, model, column, where });
  const shared = [...fitted.labels.values()].filter((each) => each.shared).length;
  const few = shared === 0 ? "" : `; ${counted(shared, "label")} with fewer than 5 share one`;
  writeLine(stderr, `Least scores fitted on ${counted(fitted.pictures, "picture")} with known labels${few}.`);
  return fitted;
}

async function print(
  table: ImageTable,
  options: ClassifyTableOptions,
  flags: StoredFlags,
  terminal: Terminal,
): Promise<number> {
  const { stdout, stderr, signal } = terminal;
  const format = await formatOf(flags, false, terminal);
  const started = performance.now();
  let [pictures, unknown] = [0, 0];
  stdout.write(format.start);
  try {
    for await (const result of classifyTable(table, options)) {
      if (signal.aborted) break;
      stdout.write(format.result(result));
      pictures++;
      if (result.unknown) unknown++;
    }
  } finally {
    stdout.write(format.end);
  }
  const seconds = (performance.now() - started) / 1000;
  const strangers = unknown === 0 ? "" : `, ${count(unknown)} unknown`;
  stderr.write(`${counted(pictures, "picture")}${strangers}, ${duration(seconds)}\n`);
  return EXIT.ok;
}

function writeLabelling(
  { labelSet, labelled, unknown, unchanged, counts }: TableLabelling,
  seconds: number,
  { json }: StoredFlags,
  { stdout, stderr }: Terminal,
): void {
  const name = labelSetText(labelSet);
  if (json) {
    const plain = { labelSet: name, labelled, unknown, unchanged, counts: Object.fromEntries(counts) };
    stdout.write(`${printableJson(plain, 2)}\n`);
    return;
  }
  writeCounts(counts, labelled, stdout);
  const before = unchanged === 0 ? "" : `, ${count(unchanged)} had their label already`;
  const strangers = unknown === 0 ? "" : `, ${count(unknown)} unknown`;
  writeLine(
    stderr,
    `${counted(labelled, "picture")} labelled with ${name}${strangers}${before}, ${duration(seconds)}`,
  );
}
