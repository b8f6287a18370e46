import { checkOptions, requireOptions } from "../arguments.js";
import { NearlabelError, optionError } from "../errors.js";
import { checkTemperature } from "../labels/index/fitted.js";
import { checkVectors } from "../store/checked-rows.js";
import type { EvaluateOptions, RunSpec } from "./options.js";

const OPTIONS = [
  "dataset",
  "runs",
  "otherLabels",
  "seed",
  "command",
  "cacheOf",
  "signal",
  "onProgress",
  "onHeadline",
] as const satisfies readonly (keyof EvaluateOptions)[];

const RUN = [
  "name",
  "index",
  "model",
  "labels",
  "templates",
  "classEmbeddings",
  "method",
  "temperature",
  "fittedOn",
] as const satisfies readonly (keyof RunSpec)[];

/**
 * Checks what a caller asked for, once, before any work is done.
 * @throws NearlabelError `OPTION_INVALID`, `LABELS_INVALID`, `VECTOR_INVALID`
 */
export function checkEvaluateOptions(options: EvaluateOptions): void {
  requireOptions(options, OPTIONS, "evaluate");
  const { dataset, runs, otherLabels, seed } = options;
  checkDataset(dataset);
  if (!Array.isArray(runs) || runs.length === 0) {
    throw optionError("runs", "an array of at least one run to evaluate", runs);
  }
  for (const [position, run] of runs.entries()) checkRun(run, position);
  if (otherLabels !== undefined && !["refuse", "ignore", "detect"].includes(otherLabels)) {
    throw optionError("otherLabels", "refuse, ignore or detect", otherLabels);
  }
  if (seed !== undefined && !Number.isInteger(seed)) throw optionError("seed", "a whole number", seed);
}

function checkDataset(dataset: unknown): void {
  if (hasMethods(dataset, ["rows"])) return;
  throw optionError("dataset", "a data set that is open, as await openDataset(path) gives it", dataset);
}

function checkRun(run: RunSpec, position: number): void {
  const where = `runs[${position}]`;
  if (typeof run !== "object" || run === null) throw optionError(where, "an object", run);
  checkOptions(run, RUN, where);
  const { name, index, model, labels, templates, method, temperature, fittedOn } = run;
  if (typeof name !== "string") throw optionError(`${where}.name`, "a string", name);
  if (index !== undefined && typeof index !== "string")
    throw optionError(`${where}.index`, "a string", index);
  if (!hasMethods(model, ["embedTexts", "embedImages"])) {
    throw optionError(`${where}.model`, "a model, as await loadModel(name) gives it", model);
  }
  if (!Array.isArray(labels) || !labels.every((label) => typeof label?.label === "string")) {
    throw optionError(`${where}.labels`, "an array of labels, as labelSet(names) gives it", labels);
  }
  if (labels.length < 2) {
    throw new NearlabelError(
      "LABELS_INVALID",
      `${name}: expected at least two labels to tell apart, got ${labels.length}. With one, every picture has it.`,
    );
  }
  if (method !== "original" && !isTexts(templates)) {
    throw optionError(`${where}.templates`, "an array of strings", templates);
  }
  if (method !== undefined && method !== "cosine" && method !== "original") {
    throw optionError(`${where}.method`, "cosine or original", method);
  }
  if (temperature !== undefined) checkTemperature(temperature);
  if (fittedOn !== undefined && !hasMethods(fittedOn, ["has"])) {
    throw optionError(`${where}.fittedOn`, "a set of content hashes", fittedOn);
  }
  checkClassEmbeddings(run);
}

function checkClassEmbeddings({ name, model, labels, classEmbeddings }: RunSpec): void {
  if (classEmbeddings === undefined) return;
  if (classEmbeddings.rows !== labels.length) {
    throw new NearlabelError(
      "VECTOR_INVALID",
      `${name}: expected a class embedding for each of ${labels.length} labels, got ${classEmbeddings.rows}.`,
    );
  }
  checkVectors(classEmbeddings, model.dimension, (at) => `label ${JSON.stringify(labels[at]!.label)}`);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((text) => typeof text === "string");
}

function hasMethods(value: unknown, names: readonly string[]): boolean {
  if (typeof value !== "object" || value === null) return false;
  return names.every((name) => typeof (value as Record<string, unknown>)[name] === "function");
}
