import { DEFAULT_TEMPLATES, templateSet } from "../../labels/prompts/templates.js";
import type { Label } from "../../labels/set/label.js";
import { type LabelInput, labelSet } from "../../labels/set/label-set.js";
import type { Limits } from "../limits.js";
import { fromRequest, RequestError } from "../problems/request-error.js";

/** Labels and templates of a request, checked. */
export interface RequestLabels {
  readonly labels: readonly Label[];
  readonly templates: readonly string[];
}

/**
 * The labels of a request with its templates, no more and no longer than the server takes.
 * @throws RequestError LABELS_EMPTY, LABELS_DUPLICATE, LABELS_INVALID, TEMPLATE_INVALID, REQUEST_TOO_LARGE
 */
export function requestLabels(
  labels: readonly LabelInput[],
  templates: readonly string[] = DEFAULT_TEMPLATES,
  limits: Limits,
): RequestLabels {
  if (labels.length > limits.labels) throw tooMany(`${labels.length} labels`, limits.labels);
  const set = fromRequest(() => labelSet(labels));
  const checked = fromRequest(() => templateSet(templates));
  const prompts = set.reduce((sum, label) => sum + (label.prompts?.length ?? checked.length), 0);
  if (prompts > limits.prompts) throw tooMany(`${prompts} prompts of labels and templates`, limits.prompts);
  for (const { label, className, prompts: own = [] } of set) checkLengths([label, className, ...own], limits);
  checkLengths(checked, limits);
  return { labels: set, templates: checked };
}

/** @throws RequestError REQUEST_TOO_LARGE */
export function checkLengths(texts: readonly string[], { textLength }: Limits): void {
  const long = texts.find((text) => text.length > textLength);
  if (long === undefined) return;
  throw new RequestError(
    "REQUEST_TOO_LARGE",
    `A text has ${long.length} letters, more than the ${textLength} that the server takes: "${long.slice(0, 40)}…".`,
  );
}

function tooMany(what: string, most: number): RequestError {
  return new RequestError(
    "REQUEST_TOO_LARGE",
    `The request has ${what}, more than the ${most} that the server takes.`,
  );
}
