import { open } from "node:fs/promises";
import { NearlabelError } from "../../errors.js";
import { readCsv } from "../../files/csv.js";
import { tryParseJson } from "../../files/json.js";
import { fieldsOf } from "../columns/declared-types.js";

/** A line of a manifest: the values of the columns asked for; none for a line that does not have what it should. */
export interface ManifestRecord {
  /** From 1. */
  readonly line: number;
  readonly values: readonly unknown[] | undefined;
}

/** Whether a file of this name is read as a manifest: CSV with a header, or JSON Lines. */
export function isManifest(name: string): boolean {
  return /\.(csv|jsonl|ndjson)$/i.test(name);
}

/**
 * The columns of a manifest: the header of a CSV file, or the keys of the first object of a JSON Lines file.
 * Throws `DATASET_INVALID`, naming the file and line, where there is no such thing or a column comes twice.
 */
export async function manifestColumns(path: string): Promise<readonly string[]> {
  const first = isCsv(path)
    ? await firstOf(readCsv(path, "DATASET_INVALID"))
    : await firstOf(jsonObjects(path));
  if (first === undefined) throw invalid(path, 1, "is empty");
  if ("content" in first && first.content === undefined)
    throw invalid(path, first.line, "is not a JSON object");
  const columns = "cells" in first ? first.cells : Object.keys(first.content ?? {});
  const repeated = columns.find((name, position) => columns.indexOf(name) !== position);
  if (repeated === undefined) return columns;
  throw invalid(path, first.line, `names the column "${repeated}" twice`);
}

/**
 * The values of `names` in every line of a manifest with these `columns`, read as a stream. A line of CSV with
 * another number of cells than the header, and a line that is not a JSON object, come without values. Throws
 * `DATASET_INVALID`, naming the line, where quotes of a CSV file do not match; what is before it has come then.
 */
export async function* readManifest(
  path: string,
  columns: readonly string[],
  names: readonly string[],
): AsyncGenerator<ManifestRecord> {
  if (!isCsv(path)) {
    for await (const { line, content } of jsonObjects(path)) {
      yield { line, values: content && names.map((name) => content[name]) };
    }
    return;
  }
  const places = names.map((name) => columns.indexOf(name));
  let isHeader = true;
  for await (const { line, cells } of readCsv(path, "DATASET_INVALID")) {
    const isWhole = cells.length === columns.length;
    if (!isHeader) yield { line, values: isWhole ? places.map((place) => cells[place]) : undefined };
    isHeader = false;
  }
}

function isCsv(path: string): boolean {
  return /\.csv$/i.test(path);
}

interface Line<T> {
  readonly line: number;
  readonly content: T;
}

async function firstOf<T>(items: AsyncIterable<T>): Promise<T | undefined> {
  for await (const item of items) return item;
  return undefined;
}

async function* jsonObjects(path: string): AsyncGenerator<Line<Record<string, unknown> | undefined>> {
  await using file = await open(path);
  let line = 0;
  for await (const text of file.readLines({ autoClose: false })) {
    line++;
    const json = line === 1 ? text.replace(/^\uFEFF/, "") : text;
    if (json.trim() !== "") yield { line, content: fieldsOf(tryParseJson(json)) };
  }
}

function invalid(path: string, line: number, what: string): NearlabelError {
  return new NearlabelError(
    "DATASET_INVALID",
    `"${path}", line ${line}: ${what}. Expected CSV with a header of column names, or a JSON object on each line, as the extension says.`,
  );
}
