import { loadModel } from "../../encoder/load.js";
import type { Model } from "../../encoder/model.js";
import { NearlabelError } from "../../errors.js";
import type { RunSpec } from "../../evaluate/options.js";
import {
  indexRun,
  modelRuns,
  type NamedLabels,
  namedRuns,
  templateSets,
  type UnnamedRun,
} from "../../evaluate/runs.js";
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

type WithParents = (labels: readonly Label[]) => Promise<readonly Label[]>;

/** Loads the models and makes the runs. `models` receives each model at once, so that it can be closed whatever follows. */
export async function runsOf(
  flags: RunFlags,
  dataset: Dataset,
  withParents: WithParents,
  models: Model[],
  terminal: Terminal,
): Promise<RunSpec[]> {
  const runs: UnnamedRun[] = [];
  for (const path of flags.index ?? [])
    runs.push(await runOfIndex(path, flags, withParents, models, terminal));
  if (runs.length === 0 || asksForModels(flags)) {
    const labelSets = await labelChoices(flags, dataset, withParents);
    const templates = (await templatesOf(flags)) ?? DEFAULT_TEMPLATES;
    const options = { templateSets: templateSets(templates, flags.eachTemplate), original: flags.original };
    for (const name of flags.model ?? [chosenModel({})]) {
      const model = await loadModel(name, loadOptions(flags, terminal));
      models.push(model);
      for (const choice of labelSets) runs.push(...modelRuns(model, choice, options));
    }
  }
  return namedRuns(runs);
}

/** Whether there are to be other runs than those of indexes. */
function asksForModels({ labels, model, template, templates, original }: RunFlags): boolean {
  return [labels, model, template, templates, original].some((flag) => flag !== undefined);
}

/** The model that made the index, without its text tower: there is nothing to encode. */
async function runOfIndex(
  path: string,
  flags: RunFlags,
  withParents: WithParents,
  models: Model[],
  terminal: Terminal,
): Promise<UnnamedRun> {
  await using index = await openLabelIndex(path);
  const { model: id, dtype } = index.info;
  const options = loadOptions(flags, terminal);
  const model = await loadModel(id, { ...options, dtype: flags.dtype ?? dtype, towers: "vision" });
  models.push(model);
  const run = await indexRun(index, model);
  return { ...run, labels: await withParents(run.labels) };
}

async function labelChoices(
  { labels }: RunFlags,
  dataset: Dataset,
  withParents: WithParents,
): Promise<NamedLabels[]> {
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
