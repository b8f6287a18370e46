import { adaptedLabels } from "../adapt/index-examples.js";
import type { Encoder } from "../encoder/encoder.js";
import { exampleHashes } from "../labels/examples/example-table.js";
import type { LabelIndex } from "../labels/index/label-index.js";
import { DEFAULT_TEMPLATES } from "../labels/prompts/templates.js";
import type { Label } from "../labels/set/label.js";
import type { RunSpec } from "./options.js";

/** A run without its final name: the parts of it, of which those that tell runs apart are shown. */
export interface UnnamedRun extends Omit<RunSpec, "name"> {
  readonly parts: { readonly model: string; readonly labels: string; readonly prompts: string };
}

/** A label set and what it is called where runs differ in it. */
export interface NamedLabels {
  readonly name: string;
  readonly labels: readonly Label[];
}

export interface ModelRunsOptions {
  /** An ensemble each. */
  readonly templateSets: readonly (readonly string[])[];
  /** The tutorial's arithmetic as well. Default false. */
  readonly original?: boolean | undefined;
}

/** One model with one label set: a run for each set of templates. */
export function modelRuns(
  model: Encoder,
  { name, labels }: NamedLabels,
  { templateSets, original = false }: ModelRunsOptions,
): UnnamedRun[] {
  const parts = { model: model.identity.id, labels: name };
  const runs: UnnamedRun[] = templateSets.map((templates) => ({
    model,
    labels,
    templates,
    parts: { ...parts, prompts: promptsName(templates) },
  }));
  const tutorial: UnnamedRun = {
    model,
    labels,
    templates: DEFAULT_TEMPLATES,
    method: "original",
    parts: { ...parts, prompts: "tutorial's arithmetic" },
  };
  return original ? [...runs, tutorial] : runs;
}

/**
 * A label index as classification goes by it: with its examples, on which it is not measured, and its temperature.
 * @throws NearlabelError `INDEX_MODEL_MISMATCH`
 */
export async function indexRun(index: LabelIndex, model: Encoder): Promise<UnnamedRun> {
  await index.checkModel(model);
  const { labels, embeddings } = await adaptedLabels(index);
  const { templates, calibration } = index.info;
  return {
    index: index.path,
    model,
    labels,
    templates,
    classEmbeddings: embeddings,
    temperature: calibration?.temperature,
    fittedOn: await exampleHashes(index),
    parts: { model: model.identity.id, labels: index.path, prompts: promptsName(templates) },
  };
}

/** The templates as one ensemble; with `each`, before it every template on its own. */
export function templateSets(templates: readonly string[], each = false): (readonly string[])[] {
  const alone = each ? templates.map((template) => [template]) : [];
  return templates.length === 1 && each ? alone : [...alone, templates];
}

/** Names runs by the parts in which they differ, a single one by its model. */
export function namedRuns(runs: readonly UnnamedRun[]): RunSpec[] {
  const differ = (part: keyof UnnamedRun["parts"]) => new Set(runs.map(({ parts }) => parts[part])).size > 1;
  const shown = (["model", "labels", "prompts"] as const).filter(differ);
  const names = runs.map(({ parts }) =>
    shown.length > 0 ? shown.map((part) => parts[part]).join(", ") : parts.model,
  );
  return runs.map(({ parts: _, ...run }, at) => ({ ...run, name: unlike(names, at) }));
}

function promptsName(templates: readonly string[]): string {
  if (templates.length === 1) return `"${templates[0]}"`;
  return templates.length === 0 ? "imported" : `${templates.length} templates`;
}

/** A second run of the same name is numbered. */
function unlike(names: readonly string[], at: number): string {
  const before = names.slice(0, at).filter((name) => name === names[at]).length;
  return before === 0 ? names[at]! : `${names[at]} (${before + 1})`;
}
