import { checkPart, requireOptions } from "../../arguments.js";
import type { Encoder } from "../../encoder/encoder.js";
import { NearlabelError, optionError } from "../../errors.js";
import { type Matrix, normaliseRows } from "../../math/matrix.js";
import { checkCreatable, createTable } from "../../store/database.js";
import { type EmbedLabelsOptions, embedLabels } from "../prompts/embed-labels.js";
import { DEFAULT_TEMPLATES, templateSet } from "../prompts/templates.js";
import type { Label } from "../set/label.js";
import { type LabelInput, labelSet } from "../set/label-set.js";
import { asIndexErrors } from "./index-errors.js";
import {
  type IndexModelInfo,
  infoOf,
  metadataOf,
  modelInfo,
  problemOfModel,
  type StoredInfo,
} from "./index-info.js";
import { LabelIndex } from "./label-index.js";
import { LABEL_TABLE, tableRows } from "./label-rows.js";

export interface BuildLabelIndexOptions extends EmbedLabelsOptions {
  labels: readonly LabelInput[];
  /** Encodes the prompts; from then on the index is of use with this model only. */
  model: Encoder;
  /** Sentences with `{}` where the class name goes; several make a prompt ensemble. Default `a photo of a {}`. */
  templates?: readonly string[] | undefined;
  /** Replace an index that is there already; its versions stay. Default false. */
  overwrite?: boolean | undefined;
}

export interface ImportLabelIndexOptions {
  labels: readonly LabelInput[];
  /** One row a label, in the same order. */
  embeddings: Matrix;
  /** The model that made the embeddings. */
  model: IndexModelInfo;
  /** The templates that they were made with, so that labels can be added later. Default none. */
  templates?: readonly string[] | undefined;
  /** Bring rows to unit length, which must otherwise have it. Default false. */
  normalise?: boolean | undefined;
  /** Replace an index that is there already; its versions stay. Default false. */
  overwrite?: boolean | undefined;
}

const BUILD_OPTIONS = [
  "labels",
  "model",
  "templates",
  "overwrite",
  "signal",
  "onProgress",
] as const satisfies readonly (keyof BuildLabelIndexOptions)[];

const IMPORT_OPTIONS = [
  "labels",
  "embeddings",
  "model",
  "templates",
  "normalise",
  "overwrite",
] as const satisfies readonly (keyof ImportLabelIndexOptions)[];

/**
 * Encodes labels and stores them as a label index at `path`: a folder, or a place in an object store such as
 * `s3://bucket/animals`. The index appears whole, in one commit:
 * where the build fails or is stopped, what was there before stays.
 *
 * @throws NearlabelError `INDEX_EXISTS` unless `overwrite`; `TEMPLATE_INVALID`; `WRITE_FAILED`; and as `labelSet` does.
 */
export async function buildLabelIndex(path: string, options: BuildLabelIndexOptions): Promise<LabelIndex> {
  requireOptions(options, BUILD_OPTIONS, "buildLabelIndex");
  const { labels: given, model, templates: texts = DEFAULT_TEMPLATES, overwrite = false, ...embed } = options;
  checkPart("model", model);
  const labels = labelSet(given);
  const templates = templateSet(texts);
  await asIndexErrors(() => checkCreatable(path, LABEL_TABLE, overwrite));
  const embeddings = await embedLabels(model, labels, templates, embed);
  return storeLabels(path, labels, embeddings, { ...(await modelInfo(model)), templates }, overwrite);
}

/**
 * Stores class embeddings that were made elsewhere as a label index at `path`, as {@link buildLabelIndex} does.
 *
 * @throws NearlabelError `OPTION_INVALID` where `model` lacks a part; `VECTOR_INVALID`, which names the label whose row is zero, not finite or not of unit
 * length; `INDEX_EXISTS` unless `overwrite`; `TEMPLATE_INVALID`; `WRITE_FAILED`; and as `labelSet` does.
 */
export async function importLabelIndex(path: string, options: ImportLabelIndexOptions): Promise<LabelIndex> {
  requireOptions(options, IMPORT_OPTIONS, "importLabelIndex");
  const { labels: given, embeddings, model, templates = [], normalise = false, overwrite = false } = options;
  const labels = labelSet(given);
  if (embeddings?.data === undefined)
    throw optionError("embeddings", "a matrix of one row a label", embeddings);
  if (embeddings.rows !== labels.length) {
    throw new NearlabelError(
      "VECTOR_INVALID",
      `Expected one embedding a label, got ${embeddings.rows} for ${labels.length} labels.`,
    );
  }
  const problem = problemOfModel({ ...model });
  if (problem !== undefined) {
    throw new NearlabelError("OPTION_INVALID", `Of the model that made the embeddings, ${problem}.`);
  }
  const { model: id, fingerprint, dtype, logitScale, logitBias, scoreFunction } = model;
  const info = { model: id, fingerprint, ...(dtype && { dtype }), logitScale, logitBias, scoreFunction };
  return storeLabels(
    path,
    labels,
    normalise ? normaliseRows(embeddings) : embeddings,
    { ...info, templates: templates.length > 0 ? templateSet(templates) : [] },
    overwrite,
  );
}

async function storeLabels(
  path: string,
  labels: Label[],
  embeddings: Matrix,
  info: Omit<StoredInfo, "created">,
  overwrite: boolean,
): Promise<LabelIndex> {
  return asIndexErrors(async () => {
    const table = await createTable(path, LABEL_TABLE, {
      rows: tableRows({ labels, embeddings, positions: labels.map((_, position) => position) }),
      metadata: metadataOf({ ...info, created: new Date().toISOString() }),
      overwrite,
    });
    return new LabelIndex(path, table, infoOf(await table.description(), path));
  });
}
