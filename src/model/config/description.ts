import { existsSync } from "node:fs";
import { NearlabelError } from "../../errors.js";
import { isObject, type JsonObject, readJson, readJsonIfThere } from "../../files/json.js";
import type { Preprocessing } from "../../image/preprocess/preprocessing.js";
import type { Size } from "../../image/source.js";
import { openGraph } from "../../onnx/graph.js";
import { embeddingOutput } from "../../onnx/outputs.js";
import type { TokenizerOptions } from "../../tokens/tokenizer.js";
import type { ModelFiles } from "../files/files.js";
import type { Sessions } from "../files/sessions.js";
import type { Model } from "../model.js";
import { type LogitLine, measureLogits } from "../towers/logits.js";
import type { ModelConfig } from "./config.js";

/** What a model is known by before it runs. */
export interface Facts
  extends Pick<
    Model,
    | "dimension"
    | "logitScale"
    | "logitBias"
    | "logitSource"
    | "scoreFunction"
    | "contextLength"
    | "imageSize"
    | "preprocessing"
  > {
  readonly tokenizer: TokenizerOptions;
  /** As in `Family`. */
  readonly pooled: boolean;
}

/**
 * Reads the small files. A network is opened only for what they leave out: the length of the embeddings, and the
 * logit scale where one graph with both towers gives logits.
 * @throws NearlabelError MODEL_FILE_MISSING, MODEL_FILE_INVALID, MODEL_UNSUPPORTED, MODEL_SHAPE
 */
export async function readFacts(files: ModelFiles, sessions: Sessions): Promise<Facts> {
  const { layout } = files;
  const [configJson, preprocessorJson, tokenizerJson = {}] = await Promise.all([
    readJson(files.config),
    readJson(files.preprocessor),
    readJsonIfThere(files.tokenizerConfig),
  ]);
  const config = layout.parseConfig(configJson, files.config, textOf(tokenizerJson.tokenizer_class));
  const { family } = config;
  const preprocessing = layout.parsePreprocessing(preprocessorJson, files.preprocessor, family);
  const imageSize = outputSize(preprocessing, files.preprocessor);
  const tokenizer = tokenizerOptions(config, tokenizerJson);
  return {
    dimension: config.dimension ?? (await declaredDimension(files, sessions, family.pooled)),
    ...(await logitFacts(config, files, sessions, imageSize)),
    scoreFunction: family.scoreFunction,
    contextLength: tokenizer.contextLength,
    imageSize,
    preprocessing,
    tokenizer,
    pooled: family.pooled ?? false,
  };
}

function tokenizerOptions(
  { text, vocabularySize }: ModelConfig,
  tokenizerJson: JsonObject,
): TokenizerOptions {
  const contextLength = Math.min(text.contextLength, maxLength(tokenizerJson));
  return {
    contextLength,
    padToken: textOf(tokenizerJson.pad_token),
    padTo: text.padding === "full" ? contextLength : undefined,
    paddingSide: tokenizerJson.padding_side === "left" ? "left" : "right",
    clean: text.clean,
    vocabularySize,
  };
}

/** The size that every picture comes out with. */
function outputSize({ crop, resize }: Preprocessing, file: string): Size {
  if (crop) return { width: crop.width, height: crop.height };
  if (resize && "width" in resize) return { width: resize.width, height: resize.height };
  throw new NearlabelError(
    "MODEL_UNSUPPORTED",
    `${file}: expected a centre crop, or a resize to a width and a height; without either, pictures of different ` +
      "shapes come out with different sizes, which no CLIP takes.",
  );
}

/** The length of the embeddings as the vision tower declares it. */
async function declaredDimension(files: ModelFiles, sessions: Sessions, pooled = false): Promise<number> {
  const graph = await sessions.vision();
  const output = embeddingOutput(graph, "image", pooled);
  const dimension = graph.outputSize(output);
  if (dimension !== undefined) return dimension;
  throw new NearlabelError(
    "MODEL_SHAPE",
    `The length of the embeddings is neither in ${files.config}, as projection_dim, nor declared for the output ` +
      `${output} of ${files.vision}. Write projection_dim into config.json.`,
  );
}

/** What `config.json` says; else what a graph with both towers tells; else the family's. */
async function logitFacts(
  { family, logitScale, logitBias }: ModelConfig,
  files: ModelFiles,
  sessions: Sessions,
  imageSize: Size,
): Promise<Pick<Facts, "logitScale" | "logitBias" | "logitSource">> {
  const biased = family.scoreFunction === "sigmoid";
  const written = logitScale !== undefined && (logitBias !== undefined || !biased);
  const measured = written ? undefined : await measuredLogits(files, sessions, imageSize, biased);
  return {
    logitScale: logitScale ?? measured?.scale ?? family.logitScale,
    logitBias: logitBias ?? measured?.bias ?? family.logitBias,
    logitSource: logitScale !== undefined ? "config" : measured ? "graph" : "family",
  };
}

/**
 * From the graph with both towers, where that is the graph in use. Beside separate towers it is opened, for this alone,
 * only where there is a bias, without which scores mean nothing: opening it costs as much memory as the whole model.
 */
async function measuredLogits(
  { text, vision, both }: ModelFiles,
  sessions: Sessions,
  imageSize: Size,
  biased: boolean,
): Promise<LogitLine | undefined> {
  if (text === vision) return measureLogits(await sessions.vision(), imageSize, biased);
  if (!biased || both === undefined || !existsSync(both)) return undefined;
  const graph = await openGraph(both, { threads: 0 });
  try {
    return await measureLogits(graph, imageSize, biased);
  } finally {
    await graph.release();
  }
}

/** `model_max_length`, which is 1e30 where a tokenizer knows of no limit. */
function maxLength(tokenizerJson: JsonObject): number {
  const length = tokenizerJson.model_max_length;
  return typeof length === "number" && length > 0 ? length : Number.POSITIVE_INFINITY;
}

/** A special token is written as its text, or as an object with its text as `content`. */
function textOf(token: unknown): string | undefined {
  const text = isObject(token) ? token.content : token;
  return typeof text === "string" ? text : undefined;
}
