import { checkOptions, checkPart } from "../arguments.js";
import type { Model } from "../encoder/model.js";
import type { DecodeOptions } from "../image/decode/decode.js";
import type { ImageSource } from "../image/source.js";
import type { EmbedLabelsOptions } from "../labels/prompts/embed-labels.js";
import { DEFAULT_TEMPLATES, templateSet } from "../labels/prompts/templates.js";
import { type LabelInput, labelSet } from "../labels/set/label-set.js";
import { rank } from "../scoring/scores.js";
import { similaritiesTo } from "../scoring/similarities.js";
import type { ExplainedModel, Explanation } from "./explanation.js";
import { explainTable } from "./label-table.js";
import { explainPicture } from "./picture.js";
import { explainTexts } from "./texts.js";

export interface ExplainOptions extends EmbedLabelsOptions {
  /** Sentences with `{}` where the class name goes; several make a prompt ensemble. Default `a photo of a {}`. */
  templates?: readonly string[] | undefined;
  /** How the picture is decoded, and how large it may be. Default: as a model that is loaded without options does it. */
  decoding?: DecodeOptions | undefined;
}

/**
 * How `picture` gets its labels, each step with its values: what `classify` computes, with all that lies between. It takes
 * a `Model`, loaded in this thread, for it shows tokens and pixels, which an `Encoder` keeps to itself. The label index is
 * made in a folder for temporary files and removed again. All prompts are kept with their embeddings:
 * `4 x dimension` bytes each.
 *
 * @throws NearlabelError for a picture that cannot be read, as `decodeImage` does; `LABELS_EMPTY`, `LABELS_INVALID`,
 * `TEMPLATE_INVALID`, `VECTOR_INVALID`, `WRITE_FAILED`; `OPTION_INVALID` for an option that there is not.
 */
export async function explain(
  picture: ImageSource,
  labels: readonly LabelInput[],
  model: Model,
  options: ExplainOptions = {},
): Promise<Explanation> {
  checkOptions(options, ["templates", "decoding", "signal", "onProgress"], "explain");
  checkPart("model", model);
  const { templates: texts = DEFAULT_TEMPLATES, decoding, ...embed } = options;
  const set = labelSet(labels);
  const templates = templateSet(texts);
  // First, so that a picture that cannot be read is told at once.
  const pictured = await explainPicture(picture, model, decoding);
  const { imageEmbedding } = pictured;
  const texted = await explainTexts(set, templates, model, embed);
  embed.signal?.throwIfAborted();
  const similarities = similaritiesTo(imageEmbedding, texted.classEmbeddings);
  return {
    model: await explainedModel(model),
    templates,
    ...texted,
    table: await explainTable(set, { ...texted, templates }, imageEmbedding, model),
    ...pictured,
    predictions: rank(similarities, set, model.scoring, { topK: set.length }),
  };
}

async function explainedModel(model: Model): Promise<ExplainedModel> {
  const { identity, dtype, dimension, contextLength, scoring } = model;
  return {
    id: identity.id,
    fingerprint: await identity.fingerprint(),
    dtype,
    dimension,
    contextLength,
    scoring,
  };
}
