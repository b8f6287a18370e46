import type { Encoder } from "../../encoder/encoder.js";
import { NearlabelError } from "../../errors.js";
import { tryParseJson } from "../../files/json.js";
import { embedLabels } from "../../labels/prompts/embed-labels.js";
import { type Matrix, matrixOf, meanRow, row } from "../../math/matrix.js";
import { rowDots } from "../../math/products.js";
import { normalise } from "../../math/vector.js";
import { VECTOR } from "../../store/shape.js";
import type { Table } from "../../store/table.js";
import { NEUTRAL_TEXTS } from "./neutral-texts.js";
import type { RelevanceScale } from "./relevance.js";

/** What neutral texts are put in, and queries too where no other template is given. */
export const SEARCH_TEMPLATES: readonly string[] = ["a photo of {}"];

/** Pictures that the spread is measured on at most. */
const SAMPLE = 200;
/** Of a text without its mean there may be nothing left. */
const LEAST_LENGTH = 1e-3;

/** The annotation in which a table remembers its scale. */
const ANNOTATION = "relevance";

interface StoredScale {
  /** To be raised with the neutral texts. */
  readonly format: number;
  readonly textMean: string;
  readonly spread: number;
  readonly rows: number;
}
const FORMAT = 1;

/**
 * The scale of a table, which remembers it where it can be written to; measured again once the table has grown to twice
 * its size. The model must be the table's.
 */
export async function relevanceScale(
  table: Table,
  model: Encoder,
  signal: AbortSignal | undefined,
): Promise<RelevanceScale> {
  const { annotations, rows } = await table.description();
  const stored = storedScale(annotations.get(ANNOTATION));
  if (stored && rows <= 2 * stored.rows) return stored;
  const { vectors } = await table.sample(SAMPLE, [VECTOR]);
  const scale = await measureScale(model, vectors ?? matrixOf([], model.dimension), signal);
  await remember(table, { ...scale, rows });
  return scale;
}

/** The scale of a model on these pictures, at least one for a spread above 0. */
async function measureScale(
  model: Encoder,
  pictures: Matrix,
  signal: AbortSignal | undefined,
): Promise<RelevanceScale> {
  const labels = NEUTRAL_TEXTS.map((text) => ({ label: text, className: text }));
  const texts = await embedLabels(model, labels, SEARCH_TEMPLATES, { signal });
  return scaleOf(texts, pictures);
}

/** @param texts embeddings of neutral texts, unit-length rows @param pictures unit-length rows */
export function scaleOf(texts: Matrix, pictures: Matrix): RelevanceScale {
  const textMean = meanRow(texts);
  const directions = Array.from({ length: texts.rows }, (_, at) => withoutMean(row(texts, at), textMean));
  const centred = matrixOf(directions.filter((direction) => direction !== undefined));
  let [count, sum, squares] = [0, 0, 0];
  for (let at = 0; at < pictures.rows; at++) {
    for (const cosine of rowDots(row(pictures, at), centred)) {
      count++;
      sum += cosine;
      squares += cosine * cosine;
    }
  }
  const mean = sum / count;
  return { textMean, spread: count > 0 ? Math.sqrt(Math.max(0, squares / count - mean * mean)) : 0 };
}

/** The direction of a text from the mean of neutral ones; undefined for a text that is as neutral as they are. */
export function withoutMean(text: Float32Array, textMean: Float32Array): Float32Array | undefined {
  const difference = text.map((value, i) => value - textMean[i]!);
  return Math.hypot(...difference) < LEAST_LENGTH ? undefined : normalise(difference);
}

function storedScale(text: string | undefined): (RelevanceScale & { readonly rows: number }) | undefined {
  const stored = tryParseJson(text ?? "") as StoredScale | undefined;
  if (stored?.format !== FORMAT) return undefined;
  const bytes = Buffer.from(stored.textMean, "base64");
  const textMean = new Float32Array(new Uint8Array(bytes).buffer);
  return { textMean, spread: stored.spread, rows: stored.rows };
}

/** A table that cannot be written to can be searched all the same. */
async function remember(table: Table, { textMean, spread, rows }: RelevanceScale & { rows: number }) {
  const bytes = Buffer.from(textMean.buffer, textMean.byteOffset, textMean.byteLength);
  const stored: StoredScale = { format: FORMAT, textMean: bytes.toString("base64"), spread, rows };
  try {
    await table.annotate(ANNOTATION, JSON.stringify(stored));
  } catch (error) {
    if (!(error instanceof NearlabelError && error.code === "WRITE_FAILED")) throw error;
  }
}
