import { adaptedLabels } from "../../adapt/index-examples.js";
import { loadModel } from "../../encoder/load.js";
import type { Model } from "../../encoder/model.js";
import { NearlabelError } from "../../errors.js";
import type { RunSpec } from "../../evaluate/options.js";
import { openLabelIndex } from "../../labels/index/label-index.js";
import { DEFAULT_TEMPLATES } from "../../labels/prompts/templates.js";
import type { Label } from "../../labels/set/label.js";
import { labelSet } from "../../labels/set/label-set.js";
import type { Dataset } from "../../rows/dataset.js";
import type { Terminal } from "../terminal/terminal.js";
import { labelsArgument } from "./labels.js";
import { chosenModel, loadOptions, type ModelFlags, type TemplateFlags, templatesOf } from "./options.js";

/** What is to be compared: every model with every label set and every choice of templates. */
export interface RunFlags extends Omit<ModelFlags, "model">, TemplateFlags {
  model?: string[];
  labels?: string[];
  index?: string[];
  eachTemplate?: true;
  original?: true;
}

/** A run without its final name: the parts of it, of which those that tell runs apart are shown. */
interface NamedRun extends Omit<RunSpec, "name"> {
  readonly parts: { readonly model: string; readonly labels: string; readonly prompts: string };
}

interface LabelChoice {
  readonly name: string;
  readonly labels: readonly Label[];
}

type WithParents = (labels: readonly Label[]) => Promise<readonly Label[]>;

/** Loads the models and makes the runs. `models` receives each model at once, so that it can be closed whatever follows. */
export async function runsOf(
  flags: RunFlags,
  dataset: Dataset,
  withParents: WithParents,
  models: Model[],
  terminal: Terminal,
): Promise<RunSpec[]> {
  const runs: NamedRun[] = [];
  for (const path of flags.index ?? []) runs.push(await indexRun(path, flags, withParents, models, terminal));
  if (runs.length === 0 || asksForModels(flags)) {
    const labelSets = await labelChoices(flags, dataset, withParents);
    const templateSets = templateChoices((await templatesOf(flags)) ?? DEFAULT_TEMPLATES, flags.eachTemplate);
    for (const name of flags.model ?? [chosenModel({})]) {
      const model = await loadModel(name, loadOptions(flags, terminal));
      models.push(model);
      for (const choice of labelSets) runs.push(...modelRuns(model, choice, templateSets, flags.original));
    }
  }
  return named(runs);
}

/** Whether there are to be other runs than those of indexes. */
function asksForModels({ labels, model, template, templates, original }: RunFlags): boolean {
  return [labels, model, template, templates, original].some((flag) => flag !== undefined);
}

function modelRuns(
  model: Model,
  { name, labels }: LabelChoice,
  templateSets: readonly (readonly string[])[],
  original = false,
): NamedRun[] {
  const parts = { model: model.identity.id, labels: name };
  const runs: NamedRun[] = templateSets.map((templates) => ({
    model,
    labels,
    templates,
    parts: { ...parts, prompts: promptsName(templates) },
  }));
  const tutorial: NamedRun = {
    model,
    labels,
    templates: DEFAULT_TEMPLATES,
    method: "original",
    parts: { ...parts, prompts: "tutorial's arithmetic" },
  };
  return original ? [...runs, tutorial] : runs;
}

async function indexRun(
  path: string,
  flags: RunFlags,
  withParents: WithParents,
  models: Model[],
  terminal: Terminal,
): Promise<NamedRun> {
  const index = await openLabelIndex(path);
  try {
    const { model: id } = index.info;
    const model = await loadModel(id, { ...loadOptions(flags, terminal), towers: "vision" });
    models.push(model);
    await index.checkModel(model);
    const { labels, embeddings } = await adaptedLabels(index);
    const { templates, calibration } = index.info;
    return {
      model,
      labels: await withParents(labels),
      templates,
      classEmbeddings: embeddings,
      temperature: calibration?.temperature,
      parts: { model: model.identity.id, labels: path, prompts: promptsName(templates) },
    };
  } finally {
    await index.close();
  }
}

async function labelChoices(
  { labels }: RunFlags,
  dataset: Dataset,
  withParents: WithParents,
): Promise<LabelChoice[]> {
  if (labels !== undefined) {
    return Promise.all(
      labels.map(async (name) => ({ name, labels: await withParents(await labelsArgument(name)) })),
    );
  }
  if (dataset.labels === undefined) {
    throw new NearlabelError(
      "OPTION_INVALID",
      `Data set "${dataset.name}" does not say which labels there are. Give them with --labels or --index.`,
    );
  }
  return [{ name: "its labels", labels: await withParents(labelSet(dataset.labels)) }];
}

/** The templates as one ensemble; with `each`, before it every template on its own. */
function templateChoices(templates: readonly string[], each = false): (readonly string[])[] {
  const alone = each ? templates.map((template) => [template]) : [];
  return templates.length === 1 && each ? alone : [...alone, templates];
}

function promptsName(templates: readonly string[]): string {
  if (templates.length === 1) return `"${templates[0]}"`;
  return templates.length === 0 ? "imported" : `${templates.length} templates`;
}

/** Names of the parts in which runs differ; of a single run its model. */
function named(runs: readonly NamedRun[]): RunSpec[] {
  const differ = (part: keyof NamedRun["parts"]) => new Set(runs.map(({ parts }) => parts[part])).size > 1;
  const shown = (["model", "labels", "prompts"] as const).filter(differ);
  const names = runs.map(({ parts }) =>
    shown.length > 0 ? shown.map((part) => parts[part]).join(", ") : parts.model,
  );
  return runs.map(({ parts: _, ...run }, at) => ({ ...run, name: unlike(names, at) }));
}

/** A second run of the same name is numbered. */
function unlike(names: readonly string[], at: number): string {
  const before = names.slice(0, at).filter((name) => name === names[at]).length;
  return before === 0 ? names[at]! : `${names[at]} (${before + 1})`;
}
