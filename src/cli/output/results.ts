import type { Classification, Classifier, ClassifyOptions } from "../../classify/classifier.js";
import { NearlabelError } from "../../errors.js";
import { count, counted } from "../../math/number-text.js";
import type { ImageRow } from "../../rows/dataset.js";
import type { Pictures } from "../flags/pictures.js";
import { createSorter, type Sorted, type Sorter, type SortOptions } from "../sort/sorter.js";
import { writeError } from "../terminal/error-line.js";
import { duration, startProgress } from "../terminal/progress.js";
import { shellWord } from "../terminal/shell-word.js";
import { type Terminal, writeLine } from "../terminal/terminal.js";
import { type AccuracyCounter, accuracyCounter, accuracyText, otherLabelsText } from "./accuracy.js";
import type { ResultFormat } from "./formats.js";

export interface ResultOptions {
  readonly classify: ClassifyOptions & { readonly topK: number };
  readonly format: ResultFormat;
  /** Whether a person reads stdout, so that the summary may stand there too. */
  readonly forPeople: boolean;
  readonly sort?: SortOptions | undefined;
}

/** What became of a run. */
export interface Tally {
  pictures: number;
  failed: number;
  /** Pictures put into the folder of their label, and those that were there already. */
  placed: number;
  thereAlready: number;
  /** Pictures that were to be sorted and have no label: nothing scored high enough. */
  unplaced: number;
  /** Pictures that show none of the labels, as far as was asked for. */
  unknown: number;
  readonly accuracy: AccuracyCounter;
}

/**
 * Writes each result as soon as it is there, then a summary. When interrupted it ends the output so that what is
 * written is whole.
 */
export async function writeResults(
  classifier: Classifier,
  pictures: Pictures,
  options: ResultOptions,
  terminal: Terminal,
): Promise<Tally> {
  const { stdout, signal } = terminal;
  const { format } = options;
  const started = performance.now();
  const tally: Tally = {
    pictures: 0,
    failed: 0,
    placed: 0,
    thereAlready: 0,
    unplaced: 0,
    unknown: 0,
    accuracy: accuracyCounter(classifier.labels),
  };
  const progress = startProgress(terminal, "pictures", pictures.size);
  const sorter = options.sort && createSorter(options.sort);
  stdout.write(format.start);
  try {
    for await (const [row, result] of classifyRows(classifier, pictures.rows, options.classify)) {
      const sorted = await sortRow(row, result, sorter);
      const failed = result.error ?? (sorted instanceof NearlabelError ? sorted : undefined);
      if (sorted === "placed") tally.placed++;
      if (sorted === "there already") tally.thereAlready++;
      if (sorter && sorted === undefined && !result.error) tally.unplaced++;
      // Where results go elsewhere than to the terminal, the line can stay.
      if (stdout.isTTY) progress.clear();
      stdout.write(format.result(result));
      if (failed && failed !== result.error) writeError(failed, terminal);
      tally.pictures++;
      if (failed) tally.failed++;
      if (result.unknown) tally.unknown++;
      tally.accuracy.count(result, row.label);
      progress.update(tally.pictures);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    progress.clear();
    stdout.write(format.end);
    await sorter?.close();
  }
  writeSummary(tally, options, (performance.now() - started) / 1000, terminal);
  if (signal.aborted) terminal.stderr.write("Interrupted; what was finished is written.\n");
  return tally;
}

/** Each row beside its result, in order. */
async function* classifyRows(
  classifier: Classifier,
  rows: AsyncIterable<ImageRow>,
  options: ClassifyOptions,
): AsyncGenerator<[ImageRow, Classification]> {
  const pending: ImageRow[] = [];
  async function* remembered(): AsyncGenerator<ImageRow> {
    for await (const row of rows) {
      pending.push(row);
      yield row;
    }
  }
  for await (const result of classifier.stream(remembered(), options)) yield [pending.shift()!, result];
}

/** Folder of pictures that show none of the labels. */
const UNKNOWN_FOLDER = "unknown";

/** Puts a picture into its label's folder; returns the error where it did not get there. */
async function sortRow(
  row: ImageRow,
  { predictions = [], unknown }: Classification,
  sorter: Sorter | undefined,
): Promise<Sorted | NearlabelError | undefined> {
  const folder = unknown ? UNKNOWN_FOLDER : predictions[0]?.label;
  if (!sorter || folder === undefined) return undefined;
  if (row.embedding) {
    const message = `Row ${row.id} is an embedding: there is no picture to put into a folder.`;
    return new NearlabelError("OPTION_INVALID", message);
  }
  try {
    return await sorter.sort(row.image, row.id, folder);
  } catch (error) {
    if (error instanceof NearlabelError) return error;
    throw error;
  }
}

function writeSummary(
  tally: Tally,
  { forPeople, classify, sort }: ResultOptions,
  seconds: number,
  { stdout, stderr }: Terminal,
): void {
  const { pictures, failed, unknown, accuracy } = tally;
  const out = forPeople ? stdout : stderr;
  if (accuracy.pictures > 0) out.write(`${accuracyText(accuracy, classify.topK)}\n`);
  const others = otherLabelsText(accuracy);
  if (others !== undefined) writeLine(stderr, others);
  if (sort) writeLine(stderr, sortedText(tally, sort));
  if (sort?.undoFile !== undefined && tally.placed > 0 && !sort.dryRun) {
    writeLine(stderr, `To undo it: nearlabel unsort ${shellWord(sort.undoFile)}`);
  }
  if (pictures === 1 && failed === 0) return;
  const failures = failed === 0 ? "" : `, ${failed} failed`;
  // Of few pictures the time is mostly that of opening the model.
  const rate = pictures >= 50 && seconds > 0 ? `, ${(pictures / seconds).toFixed(1)} pictures/s` : "";
  const strangers = unknown === 0 ? "" : `, ${unknown} unknown`;
  stderr.write(`${counted(pictures, "picture")}${failures}${strangers}, ${duration(seconds)}${rate}\n`);
}

function sortedText({ placed, thereAlready, unplaced }: Tally, { into, dryRun }: SortOptions): string {
  const none = unplaced === 0 ? "" : `, ${count(unplaced)} left out as nothing scored high enough`;
  return `${count(placed)} ${dryRun ? "would be " : ""}put into ${into}, ${count(thereAlready)} there already${none}`;
}
