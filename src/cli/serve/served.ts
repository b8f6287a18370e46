import { stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { loadReplicas } from "../../encoder/worker/replicas.js";
import type { WorkerEncoder } from "../../encoder/worker/worker-encoder.js";
import { NearlabelError } from "../../errors.js";
import type { ImageTable } from "../../images/table/image-table.js";
import { type LabelIndex, openLabelIndex } from "../../labels/index/label-index.js";
import { DEFAULT_TEMPLATES } from "../../labels/prompts/templates.js";
import { readLabels } from "../../labels/set/label-set.js";
import { isObjectAddress } from "../../objects/address.js";
import type { ServerParts } from "../../server/app.js";
import { type Curator, createCurator } from "../../server/curation/curator.js";
import type { Evaluations, ServedDataset } from "../../server/evaluations/evaluations.js";
import { createExplainer, type Explainer } from "../../server/explain/explainer.js";
import type { ServedJob } from "../../server/jobs/served-job.js";
import { LABEL_SET_NAME, type LabelSets } from "../../server/label-sets/label-sets.js";
import { dataFolder } from "../flags/data-folder.js";
import { cacheFolder } from "../flags/embedding-cache.js";
import { loadOptions } from "../flags/options.js";
import { openTableOrFolder } from "../flags/table.js";
import type { Terminal } from "../terminal/terminal.js";
import type { ServeFlags } from "./flags.js";

/** A name, and what it is for, of `name=value`; the name follows from the value where there is none. */
interface Named {
  readonly name: string;
  readonly value: string;
}

function named(text: string, nameOf: (value: string) => string): Named {
  const [, name, value] = /^([\w.-]+)=(.+)$/s.exec(text) ?? [];
  return name && value ? { name, value } : { name: nameOf(text), value: text };
}

function wantedModels({ model = [process.env.NEARLABEL_MODEL || "mini"] }: ServeFlags): Named[] {
  const wanted = model.map((text) => named(text, (id) => id));
  expectOnce("model", wanted);
  return wanted;
}

/** Each model once more, for explanations; loaded when one is asked for. */
export function openExplainers(flags: ServeFlags, terminal: Terminal): Map<string, Explainer> {
  const options = loadOptions(flags, terminal);
  return new Map(wantedModels(flags).map(({ name, value }) => [name, createExplainer(value, options)]));
}

/** What looks through each table, with a model of its own that is loaded when it is needed. */
export function openCurators(
  tables: ReadonlyMap<string, ImageTable>,
  flags: ServeFlags,
  terminal: Terminal,
): Map<string, Curator> {
  const options = loadOptions(flags, terminal);
  return new Map([...tables].map(([name, { place }]) => [name, createCurator(place, options)]));
}

/** Each model in threads of its own, so that none holds up the answers of others. */
export async function openModels(flags: ServeFlags, terminal: Terminal): Promise<Map<string, WorkerEncoder>> {
  const { batchSize, replicas } = flags;
  const options = { ...loadOptions(flags, terminal), batchSize, replicas };
  const opened = new Map<string, WorkerEncoder>();
  for (const { name, value } of wantedModels(flags)) opened.set(name, await loadReplicas(value, options));
  return opened;
}

export async function openTables({ table = [] }: ServeFlags): Promise<Map<string, ImageTable>> {
  const wanted = table.map((text) => named(text, fileStem));
  expectOnce("table", wanted);
  const opened = new Map<string, ImageTable>();
  for (const { name, value } of wanted) opened.set(name, await openTableOrFolder(value));
  return opened;
}

/**
 * Evaluations on the data sets that were named; each model is loaded once more while one runs. What was evaluated before is there
 * without data sets too.
 */
export async function openNamedEvaluations(
  flags: ServeFlags,
  terminal: Terminal,
  logger: ServerParts["logger"],
): Promise<Evaluations> {
  const { openEvaluations } = await import("../../server/evaluations/run-evaluations.js");
  const wanted = (flags.dataset ?? []).map((text) => named(text, fileStem));
  expectOnce("data set", wanted);
  const datasets: ServedDataset[] = [];
  for (const each of wanted) datasets.push(await servedDataset(each));
  const options = Object.fromEntries(
    Object.entries(loadOptions(flags, terminal)).filter(([, value]) => typeof value !== "function"),
  );
  const models = wantedModels(flags).map(({ name, value }) => [name, { id: value, options }] as const);
  return openEvaluations({
    datasets,
    models: new Map(models),
    folder: evaluationsFolder(flags),
    cache: cacheFolder(),
    onFailure: (id, error) => logger?.error({ evaluation: id, err: error }, "an evaluation failed"),
  });
}

/** Plans that workers do, wherever they run. */
export async function openJobs({ plan = [] }: ServeFlags): Promise<Map<string, ServedJob>> {
  const wanted = plan.map((text) => named(text, fileStem));
  expectOnce("plan", wanted);
  const opened = new Map<string, ServedJob>();
  if (wanted.length === 0) return opened;
  const { openServedJob } = await import("../../server/jobs/served-job.js");
  for (const { name, value } of wanted) opened.set(name, await openServedJob(value));
  return opened;
}

/** Beside label sets, under what none of them can be called; on this machine where those are in an object store. */
function evaluationsFolder({ data }: ServeFlags): string {
  if (data === undefined || isObjectAddress(data)) return join(dataFolder(), "evaluations");
  return join(data, ".evaluations");
}

async function servedDataset({ name, value: path }: Named): Promise<ServedDataset> {
  const { openDataset } = await import("../../datasets/open.js");
  const { format, splits = [], size, labels } = await openDataset(path);
  return {
    name,
    path,
    splits,
    ...(format !== undefined && { format }),
    ...(size !== undefined && { size }),
    ...(labels && { labels: labels.length }),
  };
}

/** Lists of labels become versions of label sets, where they are new; indexes are opened. */
export async function openLabels(
  { labels = [] }: ServeFlags,
  labelSets: LabelSets,
): Promise<Map<string, LabelIndex>> {
  const wanted = labels.map((text) => named(text, fileStem));
  expectOnce("label set", wanted);
  const indexes = new Map<string, LabelIndex>();
  for (const { name, value } of wanted) {
    if (!new RegExp(LABEL_SET_NAME).test(name)) {
      throw new NearlabelError(
        "OPTION_INVALID",
        `"${name}" cannot be the name of a label set: expected small letters, digits, ".", "_" and "-". Give one, as animals=${value}.`,
      );
    }
    if (await isIndex(value)) indexes.set(name, await openLabelIndex(value));
    else await labelSets.put(name, { labels: await readLabels(value), templates: DEFAULT_TEMPLATES });
  }
  return indexes;
}

/** A folder, or an address that has no ending of a list. */
async function isIndex(place: string): Promise<boolean> {
  if (isObjectAddress(place)) return !/\.(?:txt|csv|json)$/i.test(place);
  return (await stat(place).catch(() => undefined))?.isDirectory() ?? false;
}

function fileStem(path: string): string {
  return basename(path, extname(path));
}

function expectOnce(what: string, wanted: readonly Named[]): void {
  const names = wanted.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice === undefined) return;
  throw new NearlabelError(
    "OPTION_INVALID",
    `Two things are called "${twice}": give each ${what} a name, as name=${twice}.`,
  );
}
