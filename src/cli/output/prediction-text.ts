import type { Classification } from "../../classify/classifier.js";
import type { Unknown } from "../../classify/reject/rejector.js";
import { printable } from "../../files/printable.js";
import { percent } from "../../math/number-text.js";
import type { Prediction } from "../../scoring/scores.js";
import { bar, type Column, tableLines } from "../terminal/table.js";
import { type ColouredText, colour, roomOf, type Terminal } from "../terminal/terminal.js";
import type { ResultFormat } from "./formats.js";

const BAR_COLUMNS = 24;
const COLUMNS: Column[] = [
  { header: "" },
  { header: "", align: "right" },
  { header: "label" },
  { header: "score", dispensable: 1 },
  { header: "", align: "right" },
  { header: "similarity", align: "right" },
];

/** For people: a table a picture; a line a picture where only the first label is asked for. */
export function textFormat(terminal: Terminal, topK: number): ResultFormat {
  return {
    start: "",
    result: (classification) =>
      `${(topK === 1 ? [lineOf(terminal, classification)] : tableOf(terminal, classification)).join("\n")}\n`,
    end: "",
  };
}

function lineOf(terminal: Terminal, { id, predictions, unknown, error }: Classification): string {
  const { stdout } = terminal;
  const name = printable(String(id));
  if (error) return `${name}  ${colour(stdout, "red", errorText(error))}`;
  if (unknown) return `${name}  ${colour(stdout, "yellow", unknownText(unknown))}`;
  const [best] = predictions;
  if (!best) return `${name}  ${colour(stdout, "yellow", "nothing scores high enough")}`;
  return `${name}  ${colour(stdout, "bold", best.label)}  ${scoreText(best.score)}`;
}

function tableOf(terminal: Terminal, { id, predictions, unknown, error }: Classification): string[] {
  const { stdout } = terminal;
  const title = `${colour(stdout, "bold", String(id))}`;
  if (error) return [title, `  ${colour(stdout, "red", errorText(error))}`, ""];
  const notes = unknown ? [`  ${colour(stdout, "yellow", unknownText(unknown))}`] : [];
  if (predictions.length === 0)
    return [title, ...notes, `  ${colour(stdout, "yellow", "nothing scores high enough")}`, ""];
  const [header, ...rows] = tableLines(
    COLUMNS,
    predictions.map((prediction) => cells(terminal, prediction)),
    roomOf(stdout),
  );
  return [title, ...notes, `${colour(stdout, "dim", header ?? "")}`, ...rows, ""];
}

function cells(
  { stdout }: Terminal,
  { rank, label, score, similarity }: Prediction,
): (string | ColouredText)[] {
  return [
    "",
    String(rank),
    rank === 1 ? colour(stdout, ["bold", "green"], label) : label,
    colour(stdout, rank === 1 ? "green" : "cyan", bar(score, BAR_COLUMNS)),
    scoreText(score),
    similarity.toFixed(4),
  ];
}

function unknownText({ method, value, threshold }: Unknown): string {
  return `unknown: ${method} ${value.toPrecision(4)}, below ${threshold.toPrecision(4)}`;
}

function errorText({ code, message }: { code: string; message: string }): string {
  return `${code}: ${message}`;
}

/** `71.3 %`, and `< 0.1 %` for what would round to nothing. */
export function scoreText(score: number): string {
  return score > 0 && score < 0.0005 ? "< 0.1 %" : percent(score);
}
