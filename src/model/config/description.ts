import { existsSync } from "node:fs";
import { NearlabelError } from "../../errors.js";
import { isObject, type JsonObject, readJsonObject } from "../../files/json.js";
import type { Preprocessing } from "../../image/preprocess/preprocessing.js";
import type { Size } from "../../image/source.js";
import { openGraph } from "../../onnx/graph.js";
import { embeddingOutput } from "../../onnx/outputs.js";
import type { TokenizerOptions } from "../../tokens/tokenizer.js";
import type { ModelFiles } from "../files/files.js";
import { layoutsText } from "../files/layouts.js";
import { type LogitLine, measureLogits } from "../towers/logits.js";
import type { Networks } from "../towers/networks.js";
import { invalid, type ModelConfig, positive } from "./config.js";
import type { LogitScoring } from "./families.js";

/** What a model is known by before it runs. */
export interface ModelDescription {
  /** Length of every embedding. */
  readonly dimension: number;
  readonly scoring: LogitScoring;
  /** Where the logit scale is from: the configuration, the network with both towers, or the family. */
  readonly logitSource: "config" | "graph" | "family";
  /** Longest text in tokens, start and end tokens included. */
  readonly contextLength: number;
  /** Size of the pictures that the model takes, in pixels. */
  readonly imageSize: Size;
  /** What becomes of a picture before the vision tower, in its parts. */
  readonly preprocessing: Preprocessing;
  /** Tokens that the text tower has embeddings for, as the configuration says; undefined where it does not. */
  readonly vocabularySize: number | undefined;
}

/** What the small files of a model say, and what they leave out and a network tells. */
export interface DescribedModel {
  readonly description: ModelDescription;
  readonly tokenizer: TokenizerOptions;
  /** As in `Family`. */
  readonly pooled: boolean;
}

/**
 * Reads the small files. A network is opened only for what they leave out: the length of the embeddings, and the
 * logit scale where one graph with both towers gives logits.
 * @throws NearlabelError MODEL_FILE_MISSING, MODEL_FILE_INVALID, MODEL_UNSUPPORTED, MODEL_SHAPE
 */
export async function describeModel(files: ModelFiles, networks: Networks): Promise<DescribedModel> {
  const { layout } = files;
  const [configJson, preprocessorJson, tokenizerJson = {}] = await Promise.all([
    readJson(files.config),
    readJson(files.preprocessor),
    readJsonObject(files.tokenizerConfig, "MODEL_FILE_INVALID"),
  ]);
  const config = layout.parseConfig(configJson, files.config, textOf(tokenizerJson.tokenizer_class));
  const { family } = config;
  const preprocessing = layout.parsePreprocessing(preprocessorJson, files.preprocessor, family);
  const imageSize = outputSize(preprocessing, files.preprocessor);
  const tokenizer = tokenizerOptions(config, tokenizerJson, files.tokenizerConfig);
  const description = {
    dimension: config.dimension ?? (await declaredDimension(files, networks, family.pooled)),
    ...(await scoringOf(config, files, networks, imageSize)),
    contextLength: tokenizer.contextLength,
    imageSize,
    preprocessing,
    vocabularySize: tokenizer.vocabularySize,
  };
  return { description, tokenizer, pooled: family.pooled ?? false };
}

/** Reads a file that every layout has. */
async function readJson(file: string): Promise<JsonObject> {
  const value = await readJsonObject(file, "MODEL_FILE_INVALID");
  if (value) return value;
  throw new NearlabelError("MODEL_FILE_MISSING", `${file} is missing. ${layoutsText}`);
}

function tokenizerOptions(
  { text, vocabularySize }: ModelConfig,
  tokenizerJson: JsonObject,
  file: string,
): TokenizerOptions {
  const contextLength = Math.min(text.contextLength, maxLength(tokenizerJson, file));
  return {
    contextLength,
    padToken: textOf(tokenizerJson.pad_token),
    padTo: text.padding === "full" ? contextLength : undefined,
    paddingSide: paddingSide(tokenizerJson, file),
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
async function declaredDimension(files: ModelFiles, networks: Networks, pooled = false): Promise<number> {
  const graph = await networks.vision();
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
async function scoringOf(
  { family, logitScale, logitBias }: ModelConfig,
  files: ModelFiles,
  networks: Networks,
  imageSize: Size,
): Promise<Pick<ModelDescription, "scoring" | "logitSource">> {
  const biased = family.scoreFunction === "sigmoid";
  const written = logitScale !== undefined && (logitBias !== undefined || !biased);
  const measured = written ? undefined : await measuredLogits(files, networks, imageSize, biased);
  return {
    scoring: {
      logitScale: logitScale ?? measured?.scale ?? family.logitScale,
      logitBias: logitBias ?? measured?.bias ?? family.logitBias,
      scoreFunction: family.scoreFunction,
    },
    logitSource: logitScale !== undefined ? "config" : measured ? "graph" : "family",
  };
}

/**
 * From the graph with both towers, where that is the graph in use. Beside separate towers it is opened, for this alone,
 * only where there is a bias, without which scores mean nothing: opening it costs as much memory as the whole model.
 */
async function measuredLogits(
  { text, vision, both }: ModelFiles,
  networks: Networks,
  imageSize: Size,
  biased: boolean,
): Promise<LogitLine | undefined> {
  if (text === vision) return measureLogits(await networks.vision(), imageSize, biased);
  if (!biased || both === undefined || !existsSync(both)) return undefined;
  const graph = await openGraph(both, { threads: 0 });
  try {
    return await measureLogits(graph, imageSize, biased);
  } finally {
    await graph.release();
  }
}

/** `model_max_length`, which is 1e30 where a tokenizer knows of no limit. */
function maxLength({ model_max_length: length }: JsonObject, file: string): number {
  return positive(length, "model_max_length", file) ?? Number.POSITIVE_INFINITY;
}

function paddingSide({ padding_side: side }: JsonObject, file: string): "left" | "right" {
  if (side === "left") return side;
  if (side === undefined || side === null || side === "right") return "right";
  throw invalid(side, "padding_side", '"left" or "right"', file);
}

/** A special token is written as its text, or as an object with its text as `content`. */
function textOf(token: unknown): string | undefined {
  const text = isObject(token) ? token.content : token;
  return typeof text === "string" ? text : undefined;
}
