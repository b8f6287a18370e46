import { NearlabelError } from "../../errors.js";
import { isObject, type JsonObject } from "../../files/json.js";
import { canonicaliseWords, collapseSpaces } from "../../tokens/text-cleaning.js";
import { count, finite, length, type ModelConfig, positive, withLength } from "./config.js";
import { CLIP, type Family, SIGLIP } from "./families.js";

/**
 * A `config.json` as open_clip describes a model: `embed_dim`, `vision_cfg`, `text_cfg`. A bias of the logits marks
 * training with sigmoids. `logit_scale` and `logit_bias` may be written beside, as they are nowhere else in the export.
 * @throws NearlabelError MODEL_UNSUPPORTED, MODEL_FILE_INVALID
 */
export function parseOpenClipConfig(json: JsonObject, file: string): ModelConfig {
  const { text_cfg: text, vision_cfg: vision } = json;
  if (!isObject(text) || !isObject(vision)) {
    throw new NearlabelError(
      "MODEL_UNSUPPORTED",
      `${file}: expected the configuration of open_clip, an object with embed_dim, vision_cfg and text_cfg, got ` +
        `${Object.keys(json).join(", ") || "nothing"}. Beside visual/ and textual/ belongs the config.json of that export.`,
    );
  }
  const family: Family = json.init_logit_bias == null && json.logit_bias == null ? CLIP : SIGLIP;
  const cleaning = isObject(text.tokenizer_kwargs) ? text.tokenizer_kwargs.clean : undefined;
  const clean = cleaning === "canonicalize" ? canonicaliseWords : collapseSpaces;
  return {
    family,
    text: withLength(
      { contextLength: 77, padding: "full", clean },
      length(text.context_length, "text_cfg.context_length", file),
    ),
    dimension: length(json.embed_dim, "embed_dim", file),
    logitScale: positive(json.logit_scale, "logit_scale", file),
    logitBias: finite(json.logit_bias, "logit_bias", file),
    vocabularySize: count(text.vocab_size, "text_cfg.vocab_size", file),
  };
}
