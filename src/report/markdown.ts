import type { Evaluation, EvaluationRun } from "../evaluate/evaluation.js";
import { printable } from "../files/printable.js";
import { percent } from "../math/number-text.js";
import { modelNote } from "../model/built-in.js";
import { comparisonText, differenceRows, figureRows } from "./figures.js";

/** Entries of the lists. */
const PAIRS = 20;
const CLASSES = 10;

/** The evaluation as a Markdown page: figures of all runs side by side, then what the first one confuses. */
export function markdownReport(evaluation: Evaluation): string {
  const { dataset, runs, comparisons, failures } = evaluation;
  const first = runs[0]!;
  const others = dataset.others > 0 ? `, ${dataset.others} of other labels` : "";
  const blocks = [
    `# ${escaped(dataset.name)}`,
    `${dataset.pictures} pictures, ${first.labels.length} labels${others}; 95 % intervals; seed ${evaluation.seed}; ${evaluation.created}.`,
    leftOut(evaluation),
    madeBy(evaluation),
    summary(runs),
    differences(evaluation),
    comparisons.map((comparison) => `- ${escaped(comparisonText(comparison, runs))}`).join("\n"),
    runs.map((run) => `- **${escaped(run.name)}**: ${setting(run)}`).join("\n"),
    ...new Set(runs.map(({ model }) => `Model: ${escaped(modelNote(model.id))}.`)),
    `## Most confused, ${escaped(first.name)}`,
    pairs(first),
    `## Least recall, ${escaped(first.name)}`,
    classes(first),
    failures.length > 0 ? "## Failed" : "",
    failures
      .map(({ id, error }) => `- ${escaped(String(id))}: ${error.code}: ${escaped(error.message)}`)
      .join("\n"),
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

function leftOut({ dataset, failures }: Evaluation): string {
  const parts = [
    failures.length > 0 ? `${failures.length} failed` : "",
    dataset.unlabelled > 0 ? `${dataset.unlabelled} without a label` : "",
    dataset.fittedOn > 0 ? `${dataset.fittedOn} that an index was fitted on` : "",
  ].filter((part) => part !== "");
  return parts.length > 0 ? `Left out: ${parts.join(", ")}.` : "";
}

function madeBy({ program }: Evaluation): string {
  return `Made by nearlabel ${program.version}${program.command === undefined ? "" : `: ${escaped(program.command)}`}.`;
}

function summary(runs: readonly EvaluationRun[]): string {
  return table(["", ...runs.map(({ name }) => name)], figureRows(runs));
}

function differences({ runs, comparisons }: Evaluation): string {
  if (comparisons.length === 0) return "";
  const header = comparisons.map(({ first, second }) => `${runs[second]!.name} less ${runs[first]!.name}`);
  return table(["difference", ...header], differenceRows(comparisons));
}

function setting({ model, templates, method, logitScale, temperature }: EvaluationRun): string {
  const prompts = method === "original" ? "the tutorial's arithmetic" : templates.map(code).join(", ");
  const calibrated = temperature === undefined ? "" : `, temperature ${temperature.toFixed(4)}`;
  return `${escaped(model.id)} (${code(model.fingerprint.slice(0, 19))}), logit scale ${logitScale}${calibrated}, ${prompts}`;
}

function pairs({ confusedPairs }: EvaluationRun): string {
  const rows = confusedPairs
    .slice(0, PAIRS)
    .map(({ label, predicted, pictures, share }) => [label, predicted, String(pictures), percent(share, 2)]);
  return table(["label", "predicted", "pictures", "of the label"], rows);
}

function classes({ labels, perClass }: EvaluationRun): string {
  const rows = perClass
    .map((metrics, at) => ({ ...metrics, label: labels[at]! }))
    .filter(({ pictures }) => pictures > 0)
    .sort((a, b) => a.recall - b.recall)
    .slice(0, CLASSES)
    .map(({ label, pictures, recall, precision, f1 }) => [
      label,
      String(pictures),
      percent(recall, 2),
      percent(precision, 2),
      percent(f1, 2),
    ]);
  return table(["label", "pictures", "recall", "precision", "F1"], rows);
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escaped).join(" | ")} |`;
  return [line(header), `|${"---|".repeat(header.length)}`, ...rows.map(line)].join("\n");
}

/** Text from outside without what Markdown or HTML would take for theirs. */
function escaped(text: string): string {
  return printable(text.replace(/\s+/g, " ")).replace(/[\\`*_[\]|<>#&~]/g, (mark) => `\\${mark}`);
}

/** Text from outside as a code span, fenced by more backticks than stand together in it. */
function code(text: string): string {
  const runs = text.match(/`+/g) ?? [];
  const fence = "`".repeat(1 + runs.reduce((longest, run) => Math.max(longest, run.length), 0));
  // CommonMark takes one space away at both ends.
  const space = /^`|`$|^ .* $/.test(text) ? " " : "";
  return `${fence}${space}${printable(text)}${space}${fence}`;
}
