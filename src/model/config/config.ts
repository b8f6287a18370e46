import { NearlabelError } from "../../errors.js";
import { isObject, type JsonObject } from "../../files/json.js";
import { type Family, families, type TextPreparation } from "./families.js";

/** What `config.json` says; undefined where it says nothing. */
export interface ModelConfig {
  readonly family: Family;
  readonly text: TextPreparation;
  /** Length of the embeddings. */
  readonly dimension: number | undefined;
  /** `logit_scale`, what cosines are multiplied by. Never `logit_scale_init_value`, where training began. */
  readonly logitScale: number | undefined;
  readonly logitBias: number | undefined;
  /** Tokens that the text tower has embeddings for. */
  readonly vocabularySize: number | undefined;
}

/**
 * A `config.json` as transformers writes it.
 * @param tokenizerClass of `tokenizer_config.json`
 * @throws NearlabelError MODEL_UNSUPPORTED, MODEL_FILE_INVALID
 */
export function parseModelConfig(
  json: JsonObject,
  file: string,
  tokenizerClass: string | undefined,
): ModelConfig {
  const family = familyOf(json, file, tokenizerClass);
  const text = part(json, "text_config", file);
  const positions = length(text.max_position_embeddings, "text_config.max_position_embeddings", file);
  const width = family.pooled
    ? (text.projection_size ?? text.hidden_size)
    : (json.projection_dim ?? text.projection_dim ?? text.embed_dim);
  return {
    family,
    text: family.trainedShorter ? family.text : withLength(family.text, positions),
    dimension: length(width, family.pooled ? "text_config.hidden_size" : "projection_dim", file),
    logitScale: positive(json.logit_scale, "logit_scale", file),
    logitBias: finite(json.logit_bias, "logit_bias", file),
    vocabularySize: count(text.vocab_size, "text_config.vocab_size", file),
  };
}

export function withLength(text: TextPreparation, contextLength: number | undefined): TextPreparation {
  return contextLength === undefined ? text : { ...text, contextLength };
}

function familyOf(json: JsonObject, file: string, tokenizerClass = ""): Family {
  const type = String(json.model_type);
  const kind = tokenizerClass.replace(/Fast$/, "");
  const family = families.find(
    ({ modelTypes, tokenizers }) => modelTypes.includes(type) && (!tokenizers || tokenizers.includes(kind)),
  );
  if (family) return family;
  if (type === "siglip2") {
    throw new NearlabelError(
      "MODEL_UNSUPPORTED",
      `${file}: this is a SigLIP 2 of the NaFlex variant (model_type "siglip2"), which takes patches of pictures of ` +
        "any shape, with a mask. Only the variants of one resolution are supported, such as google/siglip2-base-patch16-224.",
    );
  }
  const known = families.flatMap(({ modelTypes }) => modelTypes);
  throw new NearlabelError(
    "MODEL_UNSUPPORTED",
    `${file}: expected model_type to be one of ${[...new Set(known)].join(", ")}, got ${JSON.stringify(json.model_type)}. ` +
      "Only models with a text tower and a vision tower in one space can classify by text.",
  );
}

export function finite(value: unknown, name: string, file: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw invalid(value, name, "a number", file);
}

export function positive(value: unknown, name: string, file: string): number | undefined {
  const number = finite(value, name, file);
  if (number === undefined || number > 0) return number;
  throw invalid(value, name, "a number above 0", file);
}

/** Beyond the embeddings and the texts of all models; memory is taken for as many numbers. */
const LONGEST = 2 ** 16;

/** A length of embeddings or of texts: a whole number from 1 on. */
export function length(value: unknown, name: string, file: string): number | undefined {
  const number = count(value, name, file);
  if (number === undefined || number <= LONGEST) return number;
  throw invalid(value, name, `a whole number from 1 to ${LONGEST}`, file);
}

/** A whole number above 0. */
export function count(value: unknown, name: string, file: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (Number.isSafeInteger(value) && Number(value) > 0) return Number(value);
  throw invalid(value, name, "a whole number above 0", file);
}

/** An object in another, or an empty one where it is left out. */
function part(json: JsonObject, name: string, file: string): JsonObject {
  const value = json[name] ?? {};
  if (isObject(value)) return value;
  throw invalid(value, name, "an object", file);
}

export function invalid(value: unknown, name: string, expected: string, file: string): NearlabelError {
  return new NearlabelError(
    "MODEL_FILE_INVALID",
    `${file}: expected ${name} to be ${expected}, got ${JSON.stringify(value)}.`,
  );
}
