import { access, constants, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { NearlabelError } from "../../errors.js";
import type { EvaluationResult } from "../../evaluate/evaluate.js";
import type { Evaluation } from "../../evaluate/evaluation.js";
import type { Headline } from "../../evaluate/run/run.js";
import { printable, printableJson } from "../../files/printable.js";
import { writeWholeFile } from "../../files/whole-file.js";
import type { DecodeOptions } from "../../image/decode/decode.js";
import { sevenDigits } from "../../math/digits.js";
import { counted, percent } from "../../math/number-text.js";
import { comparisonText, differenceRows, estimateText, figureRows } from "../../report/figures.js";
import { markdownReport } from "../../report/markdown.js";
import { predictionsCsv } from "../../report/predictions.js";
import type { Dataset } from "../../rows/dataset.js";
import { type Column, tableLines } from "../terminal/table.js";
import { colour, type Terminal, writeLine } from "../terminal/terminal.js";
import { shownThumbnails } from "./thumbnails.js";

/** Where results go: names of files, or `-` for stdout. */
interface OutputFlags {
  report?: string;
  json?: string;
  csv?: string;
  markdown?: string;
}

/** How the pictures of the evaluation were read, which those in the report should be as well. */
type DecodeFlags = Pick<DecodeOptions, "orientation" | "maxPixels">;

/** Confused pairs shown on the terminal. */
const PAIRS = 8;
/** Failures listed on the terminal; the files list all. */
const FAILURES = 10;

/** `mini: acc@1 44.41 % (43.44 to 45.39), acc@5 72.68 % (71.80 to 73.54)`. */
export function headlineText({ name, accuracy }: Headline): string {
  return `${name}: acc@1 ${estimateText(accuracy["acc@1"])}, acc@5 ${estimateText(accuracy["acc@5"])}`;
}

/**
 * Looks at the places for results before there are any.
 * @throws NearlabelError `OPTION_INVALID` for more than one on stdout, `WRITE_FAILED` for a folder that cannot be written to
 */
export async function checkOutputs({ report, json, csv, markdown }: OutputFlags): Promise<void> {
  const places = Object.entries({ report, json, csv, markdown });
  const shared = places.filter(([, path]) => path === "-").map(([flag]) => `--${flag}`);
  if (shared.length > 1) {
    throw new NearlabelError(
      "OPTION_INVALID",
      `Expected one result on stdout at most, got ${shared.join(", ")}. Name files for the others.`,
    );
  }
  for (const [, path] of places) if (path !== undefined && path !== "-") await checkPlace(path);
}

async function checkPlace(path: string): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory()) throw unwritable(path, "it is a folder");
  try {
    if (there) await access(path, constants.W_OK);
    if (!there || there.isFile()) await access(dirname(path), constants.W_OK);
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

function unwritable(path: string, cause: unknown): NearlabelError {
  return new NearlabelError(
    "WRITE_FAILED",
    `Could not write ${path}: ${String(cause)}. Choose another place.`,
    {
      cause,
    },
  );
}

/** Writes the files that were asked for, and the tables to stdout unless one of the files goes there. */
export async function writeEvaluation(
  result: EvaluationResult,
  dataset: Dataset,
  { report, json, csv, markdown, orientation, maxPixels }: OutputFlags & DecodeFlags,
  terminal: Terminal,
): Promise<void> {
  const { evaluation } = result;
  if (![report, json, csv, markdown].includes("-"))
    terminal.stdout.write(evaluationText(evaluation, terminal));
  if (json !== undefined) await write(json, [`${printableJson(evaluation, 1, rounded)}\n`], terminal);
  if (csv !== undefined) await write(csv, predictionsCsv(result), terminal);
  if (markdown !== undefined) await write(markdown, [markdownReport(evaluation)], terminal);
  if (report !== undefined) {
    const { htmlReport, picturesShown } = await import("../../report/html.js");
    const thumbnails = await shownThumbnails(
      dataset,
      picturesShown(evaluation),
      { orientation, maxPixels },
      terminal,
    );
    await write(report, [htmlReport(evaluation, thumbnails)], terminal);
  }
}

function rounded(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isInteger(value) ? sevenDigits(value) : value;
}

async function write(path: string, pieces: Iterable<string>, { stdout, stderr }: Terminal): Promise<void> {
  if (path === "-") {
    for (const piece of pieces) stdout.write(piece);
    return;
  }
  await writeWholeFile(path, pieces);
  writeLine(stderr, `Written: ${path}`);
}

/** The figures of all runs side by side, how they compare, and what the first run confuses. */
function evaluationText(evaluation: Evaluation, { stdout }: Terminal): string {
  const { dataset, runs, comparisons, failures } = evaluation;
  const title = colour(stdout, "bold", dataset.name);
  const counts = [
    counted(dataset.pictures, "picture"),
    counted(runs[0]!.labels.length, "label"),
    dataset.others > 0 ? `${dataset.others} of other labels` : "",
    dataset.unlabelled > 0 ? `${dataset.unlabelled} without a label` : "",
    dataset.fittedOn > 0 ? `${dataset.fittedOn} left out that an index was fitted on` : "",
    failures.length > 0 ? `${colour(stdout, "red", `${failures.length} failed`)}` : "",
  ];
  const compared = comparisons.map((comparison) => printable(comparisonText(comparison, runs)));
  const lines = [
    "",
    `${title}  ${counts.filter((text) => text !== "").join(", ")}; 95 % intervals`,
    "",
    ...figureLines(evaluation),
    ...differenceLines(evaluation),
    ...(compared.length > 0 ? ["", ...compared] : []),
    ...pairLines(evaluation),
    ...failureLines(evaluation),
  ];
  return `${lines.join("\n")}\n`;
}

function figureLines({ runs }: Evaluation): string[] {
  const columns: Column[] = [
    { header: "" },
    ...runs.map(({ name }) => ({ header: name, align: "right" as const })),
  ];
  return tableLines(columns, figureRows(runs));
}

function differenceLines({ runs, comparisons }: Evaluation): string[] {
  if (comparisons.length === 0) return [];
  const columns: Column[] = [
    { header: `less ${printable(runs[0]!.name)}` },
    ...comparisons.map(({ second }) => ({ header: printable(runs[second]!.name), align: "right" as const })),
  ];
  return ["", ...tableLines(columns, differenceRows(comparisons))];
}

function pairLines({ runs }: Evaluation): string[] {
  const { confusedPairs, name } = runs[0]!;
  if (confusedPairs.length === 0) return [];
  const rows = confusedPairs
    .slice(0, PAIRS)
    .map(({ label, predicted, pictures, share }) => [
      `${label} → ${predicted}`,
      String(pictures),
      `${percent(share, 2)} of the label`,
    ]);
  const of = runs.length > 1 ? ` by ${printable(name)}` : "";
  return [
    "",
    `most confused${of}`,
    ...tableLines([{ header: "" }, { header: "", align: "right" }, { header: "", align: "right" }], rows),
  ];
}

function failureLines({ failures }: Evaluation): string[] {
  if (failures.length === 0) return [];
  const shown = failures
    .slice(0, FAILURES)
    .map(({ id, error }) => `${printable(String(id))}: ${error.code}: ${printable(error.message)}`);
  const more = failures.length - FAILURES;
  return ["", "failed", ...shown, ...(more > 0 ? [`and ${more} more`] : [])];
}
