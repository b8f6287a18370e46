import { NearlabelError, reasonOf } from "../errors.js";
import { lazy } from "../files/lazy.js";
import type { HubOptions } from "../hub/options.js";
import { checkDecodeOptions, type DecodeOptions } from "../image/decode/decode.js";
import type { PixelBatch } from "../image/preprocess/pixel-batch.js";
import { preprocessingVersion } from "../image/preprocess/version.js";
import { MAX_BYTES } from "../image/read.js";
import type { ImageSource } from "../image/source.js";
import { BUILT_IN } from "../model/built-in.js";
import { type DescribedModel, describeModel } from "../model/config/description.js";
import { findModelFiles, type ModelFiles, neededFiles, type Towers } from "../model/files/files.js";
import { fingerprintFiles } from "../model/files/fingerprint.js";
import { type ModelSource, openSource } from "../model/files/source.js";
import { quantizedForAuto } from "../model/quantized/choice.js";
import { describeNetworks, type Networks, openNetworks } from "../model/towers/networks.js";
import { createTextTower, runVisionTower } from "../model/towers/towers.js";
import { ONNX_RUNTIME_VERSION } from "../onnx/binding-file.js";
import { checkDevice, type Device } from "../onnx/device.js";
import type { Dtype } from "../onnx/dtype.js";
import type { GraphOptions } from "../onnx/graph.js";
import { defaultParallelism } from "../onnx/parallelism.js";
import { openTokenizer } from "../tokens/tokenizer.js";
import { embedImages, type ImageSteps } from "./embed-images.js";
import { embedTexts } from "./embed-texts.js";
import { expectArray, type Notice } from "./encoder.js";
import type { Model } from "./model.js";
import { type PreprocessOptions, preprocessBatch } from "./preprocess/batch.js";
import { createPreprocessThreads } from "./preprocess/threads.js";

export interface LoadOptions extends Omit<DecodeOptions, "name">, HubOptions {
  /**
   * Precision of the weights: fp32, fp16, int8, uint8, q8, q4, q4f16 or bnb4, as far as the folder has them; `auto` takes
   * the best trade of speed and precision on a processor, and says which. Lower is smaller and less exact. Default: fp32.
   */
  dtype?: Dtype | "auto" | undefined;
  /**
   * What the networks run on: cpu, cuda, coreml, dml, webgpu, or `auto`, the platform's accelerator where there is one. A
   * device that cannot be used is replaced by the processor, and `onNotice` told. Default: cpu.
   */
  device?: Device | "auto" | undefined;
  /** Threads of one run of a network. Default: one for each physical core, ONNX Runtime's choice. */
  threads?: number | undefined;
  /** Pictures in one run of the vision tower; more take more memory. Default: 16, of the built-in model 8. */
  batchSize?: number | undefined;
  /**
   * Threads that decode and preprocess pictures beside the network, from the third batch of a run on; 0 for none. Each
   * takes some 50 MB once it runs. Default: one for every two cores, at most 4.
   */
  workers?: number | undefined;
  /**
   * Of a model of the hub, what is downloaded at load. With `vision`, the text tower is downloaded at the first text;
   * classifying with a label index needs none. Default: both.
   */
  towers?: Towers | undefined;
  /** Told of what stops nothing, such as a text that was cut or a device that is not there. */
  onNotice?: ((notice: Notice) => void) | undefined;
}

/**
 * Loads a CLIP model: `mini`, which is built in, a model folder (docs/models.md), or such a folder on the
 * Hugging Face hub, as `owner/name` or `owner/name@revision`, where only the files that are needed are downloaded.
 * Models that were published under another id are found by that as well (`listModels`). Reads the configuration only;
 * tokenizer and networks are opened at their first use. Close it, or declare it with `await using`, to free native memory.
 * @throws NearlabelError HUB_OFFLINE, HUB_NOT_FOUND, HUB_UNAUTHORISED, HUB_UNAVAILABLE, HUB_RESPONSE_INVALID,
 * HUB_CORRUPT, WRITE_FAILED, MODEL_NOT_FOUND, MODEL_FILE_MISSING, MODEL_FILE_INVALID, MODEL_UNSUPPORTED, MODEL_SHAPE,
 * OPTION_INVALID
 */
export async function loadModel(id = "mini", options: LoadOptions = {}): Promise<Model> {
  checkWhole("threads", options.threads, 0, MOST_THREADS);
  checkWhole("batchSize", options.batchSize, 1);
  checkWhole("workers", options.workers, 0, MOST_THREADS);
  checkDecodeOptions(options);
  const {
    dtype,
    device = "cpu",
    towers = "both",
    threads = defaultParallelism().threads,
    onNotice,
  } = options;
  checkDevice(device);
  checkTowers(towers);
  const source = await openSource(
    id,
    {
      needed: (paths, made) => neededFiles(paths, dtype, towers, made),
      made: dtype === "auto" || dtype === "q8" || dtype === "quantized",
    },
    options,
  );
  const files = await chooseFiles(id, source, options);
  const networks = openNetworks(
    id,
    files,
    { threads, device, onFallback: fallbackNotice(onNotice) },
    source.fetch,
  );
  try {
    return createModel(
      { id, source, files, networks, described: await describeModel(files, networks) },
      options,
    );
  } catch (error) {
    await networks.close();
    throw error;
  }
}

/** The files in use; of `auto`, `onNotice` is told which and why. */
async function chooseFiles(
  id: string,
  source: ModelSource,
  { dtype, towers = "both", onNotice }: LoadOptions,
): Promise<ModelFiles> {
  const { folder, paths, made } = source;
  if (dtype !== "auto") return findModelFiles(folder, paths, dtype, made?.quantized);
  const { quantized, reason } = await quantizedForAuto(made);
  const files = findModelFiles(folder, paths, dtype, quantized);
  onNotice?.(chosen(id, files.dtype, reason));
  if (made?.quantized && !quantized) await source.fetch(neededFiles(paths, dtype, towers));
  return files;
}

/** It is made of convolutions, whose results for more pictures leave the cache: 16 are 7 % slower, and take 127 MB more (bench/README.md). */
const BUILT_IN_BATCH = 8;

interface Parts {
  readonly id: string;
  readonly source: ModelSource;
  readonly files: ModelFiles;
  readonly networks: Networks;
  readonly described: DescribedModel;
}

function createModel({ id, source, files, networks, described }: Parts, options: LoadOptions): Model {
  const usual = defaultParallelism();
  const { description, tokenizer: tokenizerOptions, pooled } = described;
  const usualBatch = id === BUILT_IN ? BUILT_IN_BATCH : usual.batchSize;
  const { batchSize = usualBatch, workers = usual.workers, onNotice = () => {} } = options;
  const {
    device = "cpu",
    orientation = "upright",
    decode = "exact",
    maxPixels,
    maxBytes = MAX_BYTES,
  } = options;
  const { dimension, contextLength, imageSize } = description;
  const shape = { ...imageSize, dimension, contextLength, pooled };
  const preprocessOptions = {
    preprocessing: description.preprocessing,
    imageSize,
    decoding: { orientation, decode, maxPixels, maxBytes },
  };
  const threads = createPreprocessThreads(workers, preprocessOptions, onNotice);
  const tokenizer = kept(() => openTokenizer(files.tokenizer, tokenizerOptions));
  const encodeTokens = createTextTower(networks.text, shape);
  const encodePixels = async (pixels: PixelBatch) => runVisionTower(await networks.vision(), pixels, shape);
  const imageSteps: ImageSteps = {
    dimension,
    batchSize,
    ahead: workers + 1,
    preprocess: threads.preprocess,
    open: async () => void (await networks.vision()),
    encodePixels,
    reuse: threads.reuse,
  };
  const close = async () => {
    await threads.close();
    await networks.close();
  };
  return {
    identity: {
      id,
      fingerprint: lazy(() => fingerprintFiles(source, files.fingerprinted)),
      dtype: files.dtype,
      // Devices and releases of the runtime differ in the last bits; results must not depend on which one filled a cache.
      pictures: `${orientation} ${decode}, ${preprocessingVersion()}, onnxruntime-node ${ONNX_RUNTIME_VERSION} ${device}`,
    },
    ...description,
    batching: { size: batchSize, ahead: workers + 2, maxBytes },
    embedTexts: async (texts, embedOptions = {}) =>
      embedTexts(texts, { dimension, tokenizer: tokenizer(), encodeTokens, onNotice }, embedOptions),
    embedImages: (images, embedOptions = {}) => embedImages(images, imageSteps, embedOptions),
    dtype: files.dtype,
    networks: () => describeNetworks(networks),
    tokenize: (texts) => tokenizer().batch(texts.map(tokenizer().encode)),
    tokenText: (token) => tokenizer().tokenText(token),
    encodeTokens,
    preprocess: (images, memory) => preprocessAll(images, preprocessOptions, memory),
    encodePixels,
    startThreads: threads.start,
    releaseTextTower: networks.releaseText,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** What `make` made the first time. */
function kept<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

async function preprocessAll(
  images: readonly ImageSource[],
  options: PreprocessOptions,
  memory?: PixelBatch,
): Promise<PixelBatch> {
  expectArray(images, "pictures");
  const sources = images.map((source) => ({ source }));
  const into = { memory: memory?.data.buffer as ArrayBuffer | undefined };
  const { pixels, errors } = (await preprocessBatch(sources, options, into))!;
  for (const error of errors) if (error) throw error;
  return pixels;
}

function chosen(id: string, dtype: string, reason: string): Notice {
  return {
    code: "DTYPE_CHOSEN",
    message: `${id}: of the weights that are there, dtype ${dtype} is taken. ${reason}`,
  };
}

/** Tells once a model, though both towers fall back. */
function fallbackNotice(onNotice: LoadOptions["onNotice"]): GraphOptions["onFallback"] {
  let told = false;
  return (device, cause) => {
    if (!told) onNotice?.(fallback(device, cause));
    told = true;
  };
}

function fallback(device: string, cause: unknown): Notice {
  return {
    code: "DEVICE_FALLBACK",
    message: `The device ${device} cannot be used here, so the processor is: ${reasonOf(cause)}`,
  };
}

/** With very many more, ONNX Runtime ends the process. */
const MOST_THREADS = 1024;

function checkWhole(name: string, value: unknown, least: number, most = Number.MAX_SAFE_INTEGER): void {
  const isWhole = Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
  if (value === undefined || isWhole) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least} up` : `from ${least} to ${most}`;
  const got = typeof value === "string" ? `"${value}"` : value;
  throw new NearlabelError("OPTION_INVALID", `Expected ${name} to be a whole number ${range}, got ${got}.`);
}

function checkTowers(towers: unknown): void {
  if (towers === "both" || towers === "vision") return;
  throw new NearlabelError("OPTION_INVALID", `Expected towers to be "both" or "vision", got ${towers}.`);
}
