import { stat } from "node:fs/promises";
import { availableParallelism, cpus } from "node:os";
import { join, resolve } from "node:path";
import { requireOptions } from "../../arguments.js";
import { loadModel } from "../../encoder/load.js";
import { NearlabelError } from "../../errors.js";
import type { HubOptions } from "../../hub/options.js";
import { DEFAULT_TEMPLATES, fillTemplate, templateSet } from "../../labels/prompts/templates.js";
import { type LabelInput, labelSet } from "../../labels/set/label-set.js";
import { findModelFiles, type ModelFiles, neededFiles } from "../../model/files/files.js";
import { type ModelSource, openSource } from "../../model/files/source.js";
import {
  type FileRecord,
  PROOF_FORMAT,
  type Proof,
  type QuantizedLimits,
  type QuantizedMeasures,
  readProof,
} from "../../model/quantized/proof.js";
import { findQuantized, sha256Of } from "../../model/quantized/quantized-files.js";
import { integerSums } from "../../onnx/integer-sums.js";
import type { ImageRow } from "../../rows/dataset.js";
import { type CheckedOn, compareAgreement } from "./agreement.js";
import { compareSpeed, memoryOf } from "./cost.js";
import { limitsOf, shortfalls } from "./limits.js";
import { isNear, readFirst, STEPS } from "./steps.js";
import { graphPairs, sizeOf, type WeightsJob, type Written, writeWeights } from "./weights.js";
import { copySettings, inWorkshop, place, setAside } from "./workshop.js";

export interface QuantizeModelOptions extends HubOptions {
  /** What it is measured on. */
  pictures: AsyncIterable<ImageRow> | Iterable<ImageRow>;
  labels: readonly LabelInput[];
  /** Templates of the labels. Default: `a photo of a {}`. */
  templates?: string | readonly string[] | undefined;
  /**
   * The folder that becomes a model with these weights. Default: the model's own folder; of a model of the hub a folder in the cache, which
   * every program that loads that revision in q8 finds.
   */
  to?: string | undefined;
  /**
   * Leaves in float32 the products and lookups whose operator is one of these (`MatMul`, `Gather`) or whose name in the network has
   * one of these in it; `narrowing` stands for the products that give fewer numbers than they take. Default: nothing where the mean cosine to
   * fp32 is 0.999 even so, on the first 64 pictures and the labels; else `Gather`, and else `Gather` and `narrowing`.
   */
  keep?: readonly string[] | undefined;
  /** What must be kept. Default: a mean cosine of 0.98, the same first label for 0.95 of the pictures, a speed of 1. */
  limits?: Partial<QuantizedLimits> | undefined;
  /** Takes weights that are there, are whole and within the limits, rather than measure anew. Default: false. */
  reuse?: boolean | undefined;
  /** Threads of one run of a network. Default: one for each physical core. */
  threads?: number | undefined;
  /** Told how far it is: bytes written of weights, then pictures compared, of which the total is not known. */
  onProgress?: ((step: "weights" | "pictures", done: number, total?: number) => void) | undefined;
}

export interface QuantizedModel {
  /** The folder of the weights. */
  readonly folder: string;
  /** Whether it was all there before. */
  readonly reused: boolean;
  /** What is below its limit, a sentence each. Then `folder` is one aside, where nothing is loaded from. */
  readonly shortfalls: readonly string[];
  /** What was measured; written into `folder` as `quantized.json`. */
  readonly proof: Proof;
}

/**
 * Makes weights in q8 of a model's fp32 weights: matrix products in 8-bit integers, as onnxruntime's `quantize_dynamic` does it with int8 by
 * column (docs/models.md). Measures on `pictures` and `labels` what that changes, and puts the weights where `dtype: "q8"` and `auto` find them
 * if that is within the limits, else aside.
 *
 * Weights are read and written piece by piece; to measure, both precisions are in memory.
 *
 * @throws NearlabelError MODEL_UNSUPPORTED where there is nothing to quantise, OPTION_INVALID, INPUT_EMPTY, WRITE_FAILED, LABELS_*,
 *   TEMPLATE_INVALID, and as `loadModel`
 */
export async function quantizeModel(id: string, options: QuantizeModelOptions): Promise<QuantizedModel> {
  requireOptions(options, OPTIONS, "quantizeModel");
  const limits = limitsOf(options.limits);
  const checkedOn = {
    pictures: options.pictures,
    labels: labelSet(options.labels),
    templates: templateSet(options.templates ?? DEFAULT_TEMPLATES),
  };
  const source = await openSource(
    id,
    { needed: (paths) => neededFiles(paths, "fp32", "both"), made: false },
    options,
  );
  const files = findModelFiles(source.folder, source.paths, "fp32");
  const folder = options.to ?? source.quantizedFolder;
  if (folder === undefined) throw builtIn(id);
  const weights = graphPairs(files).map(({ to }) => to);
  return inWorkshop(folder, { weights, signal: options.signal }, async (staging) => {
    const reused = options.reuse && (await whole(folder, source, limits, options.keep));
    if (reused) return { folder, reused: true, shortfalls: [], proof: reused };
    const job = { source, files, folder, staging, checkedOn, limits };
    return make(job, options);
  });
}

/** Pictures on which is tried what has to be kept. */
const TRIED_ON = 64;

const OPTIONS = [
  "pictures",
  "labels",
  "templates",
  "to",
  "keep",
  "limits",
  "reuse",
  "threads",
  "onProgress",
  "hub",
  "onDownload",
  "onRetry",
  "onNotice",
  "signal",
] as const;

interface Job extends WeightsJob {
  readonly folder: string;
  readonly checkedOn: CheckedOn;
  readonly limits: QuantizedLimits;
}

async function make(job: Job, options: QuantizeModelOptions): Promise<QuantizedModel> {
  const { source, files, folder, staging, limits } = job;
  const settings = await copySettings(source.folder, files, staging);
  const { first, all } = await readFirst(job.checkedOn.pictures, TRIED_ON);
  const atFirst = await writeWeights(job, options.keep ?? STEPS[0]!, options);
  const memory = await measureMemory(job, options);
  const { keep, records: written } = options.keep ? atFirst : await writeNearer(atFirst, first, job, options);
  const earlier = (await readProof(folder).catch(() => undefined))?.files ?? [];
  const recorded = await sourceRecords(source, files);
  const bytes = { fp32: sizeOf(recorded), q8: sizeOf(written) };
  // What more is kept takes as much more memory.
  memory.q8 += bytes.q8 - sizeOf(atFirst.records);
  const onAll = { ...job, checkedOn: { ...job.checkedOn, pictures: all } };
  const measures = { ...(await measure(onAll, options)), memory, bytes };
  const proof: Proof = {
    format: PROOF_FORMAT,
    measured: new Date().toISOString(),
    source: recorded,
    files: written,
    processor: await processor(options.threads),
    limits,
    keep,
    measures,
  };
  const short = shortfalls(measures, limits);
  // Beside fp32 weights the settings are there already; in the cache they are those of the snapshot.
  const isOwnModel = options.to !== undefined && resolve(options.to) !== resolve(source.folder);
  if (short.length === 0) await place(staging, folder, isOwnModel ? settings : [], proof);
  const aside = short.length === 0 ? folder : await setAside(staging, folder, settings, proof, earlier);
  return { folder: aside, reused: false, shortfalls: short, proof };
}

/** Writes the weights again, with more and more of it in float32, until they are near to it on `pictures`. */
async function writeNearer(
  atFirst: Written,
  pictures: readonly ImageRow[],
  job: Job,
  options: QuantizeModelOptions,
): Promise<Written> {
  let written = atFirst;
  for (const keep of STEPS.slice(1)) {
    if (await isNearOn(pictures, job, options)) break;
    written = await writeWeights(job, keep, options);
  }
  return written;
}

async function isNearOn(
  pictures: readonly ImageRow[],
  { source, staging, checkedOn }: Job,
  { threads, signal }: QuantizeModelOptions,
): Promise<boolean> {
  await using q8 = await loadModel(staging, { threads, signal, dtype: "q8" });
  await using fp32 = await loadModel(source.folder, { threads, signal, dtype: "fp32" });
  return isNear(await compareAgreement({ fp32, q8 }, { ...checkedOn, pictures }, { signal }));
}

async function measureMemory({ source, staging }: Job, { threads, signal }: QuantizeModelOptions) {
  const load = { threads, signal };
  await using q8 = await loadModel(staging, { ...load, dtype: "q8" });
  await using fp32 = await loadModel(source.folder, { ...load, dtype: "fp32" });
  // Before all else and in this order, as memory that a model gave back would hide what the next takes.
  return { q8: await memoryOf(q8), fp32: await memoryOf(fp32) };
}

async function measure(
  { source, staging, checkedOn }: Job,
  { threads, signal, onProgress }: QuantizeModelOptions,
): Promise<Omit<QuantizedMeasures, "memory" | "bytes">> {
  const load = { threads, signal };
  await using q8 = await loadModel(staging, { ...load, dtype: "q8" });
  await using fp32 = await loadModel(source.folder, { ...load, dtype: "fp32" });
  const models = { fp32, q8 };
  const onPicture = (done: number) => onProgress?.("pictures", done);
  const agreement = await compareAgreement(models, checkedOn, { signal, onPicture });
  const prompt = fillTemplate(checkedOn.templates[0]!, checkedOn.labels[0]!.className);
  return { ...agreement, ...(await compareSpeed(models, prompt, signal)) };
}

/** The weights that are read: the graphs, and the files beside them with their numbers. */
async function sourceRecords(
  source: ModelSource,
  { layout, fingerprinted }: ModelFiles,
): Promise<FileRecord[]> {
  const { config, preprocessor, tokenizer, tokenizerConfig } = layout;
  const others = new Set([config, preprocessor, tokenizer, tokenizerConfig]);
  const weights = fingerprinted.filter((path) => !others.has(path));
  return Promise.all(
    weights.map(async (path) => {
      const file = join(source.folder, path);
      const { size } = await stat(file);
      return { path, bytes: size, sha256: source.hashes.get(path) ?? (await sha256Of(file)) };
    }),
  );
}

/** The proof of weights in `folder`, where they are whole, made of these in this way, and within the limits. */
async function whole(
  folder: string,
  source: ModelSource,
  limits: QuantizedLimits,
  keep: readonly string[] | undefined,
): Promise<Proof | undefined> {
  const isSource = async ({ path, sha256 }: FileRecord) => {
    const hash = source.hashes.get(path) ?? (await sha256Of(join(source.folder, path)).catch(() => ""));
    return hash === sha256;
  };
  const proof = (await findQuantized(folder, isSource, true))?.quantized?.proof;
  const isAsked = proof && (keep === undefined || JSON.stringify(proof.keep) === JSON.stringify(keep));
  return isAsked && shortfalls(proof.measures, limits).length === 0 ? proof : undefined;
}

async function processor(threads: number | undefined): Promise<Proof["processor"]> {
  const name = cpus()[0]?.model.trim() ?? "unknown";
  return { name, threads: threads ?? availableParallelism(), sums: await integerSums() };
}

function builtIn(id: string): NearlabelError {
  return new NearlabelError(
    "OPTION_INVALID",
    `${id} is part of the package, where nothing is written: give a folder for the new model (to, --to).`,
  );
}
