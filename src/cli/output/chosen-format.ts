import type { RejectFlags } from "../flags/reject.js";
import type { Terminal } from "../terminal/terminal.js";
import { csv, jsonArray, jsonLines, type ResultFormat } from "./formats.js";
import { textFormat } from "./prediction-text.js";

export interface FormatFlags extends Pick<RejectFlags, "reject"> {
  json?: true;
  jsonl?: true;
  csv?: true;
  top: number;
}

/** The form that the flags ask for; without one the one for people. */
export async function formatOf(
  flags: FormatFlags,
  calibrated: boolean,
  terminal: Terminal,
): Promise<ResultFormat> {
  const { json, jsonl, csv: asCsv, top, reject } = flags;
  if (json) return jsonArray();
  if (jsonl) return jsonLines;
  return asCsv ? csv({ calibrated, rejects: reject !== undefined }) : textFormat(terminal, top);
}
