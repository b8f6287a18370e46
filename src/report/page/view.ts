import type { Evaluation, EvaluationRun } from "../../evaluate/evaluation.js";

/** What the reader chose to see. */
export interface View {
  readonly evaluation: Evaluation;
  readonly run: EvaluationRun;
  /** Position of `run` in the evaluation. */
  readonly position: number;
  readonly filter: Filter;
}

export interface Filter {
  /** Parts of labels, separated by commas; empty is all labels. */
  readonly query: string;
  /** One pair of a true and a predicted label, instead of `query`. */
  readonly pair?: Pair | undefined;
}

export interface Pair {
  readonly label: string;
  readonly predicted: string;
}

/** A part of the page. Draws itself again whenever the view or the width of the page changes. */
export interface Part {
  readonly root: HTMLElement;
  draw(view: View): void;
}

/** Of more labels than these, those that no picture has and none was given are left out of the charts. */
const MANY_LABELS = 1000;

/** Whether a label, by position, is told of in charts and tables. */
export function isShown({ labels, perClass }: EvaluationRun, index: number): boolean {
  const { pictures, predicted } = perClass[index]!;
  return labels.length <= MANY_LABELS || pictures > 0 || predicted > 0;
}

export function isFiltered({ query, pair }: Filter): boolean {
  return pair !== undefined || termsOf(query).length > 0;
}

/** Whether a label is one of those that are asked for; underscores and capitals make no difference. */
export function labelMatcher({ query, pair }: Filter): (label: string) => boolean {
  if (pair) return (label) => label === pair.label || label === pair.predicted;
  const terms = termsOf(query);
  return (label) => terms.length === 0 || terms.some((term) => plain(label).includes(term));
}

/** Whether pictures of one label that were given another are asked for. */
export function pairMatcher(filter: Filter): (label: string, predicted: string) => boolean {
  const { pair } = filter;
  if (pair) return (label, predicted) => label === pair.label && predicted === pair.predicted;
  const matches = labelMatcher(filter);
  return (label, predicted) => matches(label) || matches(predicted);
}

function termsOf(query: string): string[] {
  return query
    .split(",")
    .map((term) => plain(term).trim())
    .filter((term) => term !== "");
}

function plain(text: string): string {
  return text.toLowerCase().replaceAll("_", " ");
}
