import { checkPart } from "../../arguments.js";
import { allEmbeddings } from "../../encoder/embedding-batch.js";
import type { Encoder } from "../../encoder/encoder.js";
import { NearlabelError } from "../../errors.js";
import { type Matrix, row } from "../../math/matrix.js";
import { normalise } from "../../math/vector.js";
import type { Label } from "../set/label.js";
import { fillTemplate, templateSet } from "./templates.js";

export interface EmbedLabelsOptions {
  /** Stops between batches and rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Called after each batch with the number of prompts encoded so far, of how many. */
  onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Prompts encoded at a time. Bounds what is held beside the result: 2 MB of embeddings at 512 numbers each. */
const CHUNK = 1024;

/**
 * Class embeddings: for each label the normalised mean of the unit-length embeddings of its prompts (the prompt
 * ensemble of Radford et al. 2021, section 3.1.4). `labels.length` x `encoder.dimension`, unit-length rows.
 *
 * A class name or prompt that several labels share is encoded once. Memory is that of the result, however many
 * templates there are: prompts are filled, encoded and added up chunk by chunk.
 *
 * @throws NearlabelError `LABELS_INVALID` for what `labelSet` did not make; `TEMPLATE_INVALID` where a label without prompts of its own needs a template.
 */
export async function embedLabels(
  encoder: Pick<Encoder, "dimension" | "embedTexts">,
  labels: readonly Label[],
  templates: string | readonly string[],
  { signal, onProgress }: EmbedLabelsOptions = {},
): Promise<Matrix> {
  checkPart("model", encoder);
  expectLabels(labels);
  const checked = labels.some(({ prompts }) => !prompts) ? templateSet(templates) : [];
  const columns = encoder.dimension;
  const sums: Matrix = { data: new Float32Array(labels.length * columns), rows: labels.length, columns };
  const prompts = promptUsers(labels, checked);
  let done = 0;
  for (const chunk of chunks(prompts.users)) {
    const texts = [...chunk.keys()];
    const batch = await encoder.embedTexts(texts, {
      signal,
      nameOf: (position) => namesOf(texts[position]!, chunk.get(texts[position]!) ?? [], labels),
      onProgress: (encoded) => onProgress?.(done + encoded, prompts.total),
    });
    const embeddings = allEmbeddings(batch);
    for (const [index, users] of [...chunk.values()].entries()) addTo(sums, users, row(embeddings, index));
    done += chunk.size;
  }
  for (let r = 0; r < sums.rows; r++) sums.data.set(normalise(row(sums, r)), r * columns);
  return sums;
}

/** Names alone, without `labelSet`, have no class name to put into a template. */
function expectLabels(labels: readonly Label[]): void {
  if (Array.isArray(labels) && labels.every((label) => typeof label?.className === "string")) return;
  throw new NearlabelError("LABELS_INVALID", "Expected an array of labels, as labelSet makes it.");
}

/** A prompt and the positions of the labels that it belongs to. */
type PromptUsers = readonly [prompt: string, labels: readonly number[]];

function promptUsers(
  labels: readonly Label[],
  templates: readonly string[],
): { total: number; users: Iterable<PromptUsers> } {
  const classNames = new Map<string, number[]>();
  const ownPrompts = new Map<string, number[]>();
  for (const [position, { className, prompts }] of labels.entries()) {
    if (!prompts) append(classNames, className, position);
    else for (const prompt of prompts) append(ownPrompts, prompt, position);
  }
  function* users(): Generator<PromptUsers> {
    for (const template of templates) {
      for (const [className, positions] of classNames) yield [fillTemplate(template, className), positions];
    }
    yield* ownPrompts;
  }
  return { total: templates.length * classNames.size + ownPrompts.size, users: users() };
}

function append(map: Map<string, number[]>, key: string, position: number): void {
  const positions = map.get(key);
  if (positions) positions.push(position);
  else map.set(key, [position]);
}

function* chunks(users: Iterable<PromptUsers>): Generator<Map<string, readonly number[]>> {
  let chunk = new Map<string, readonly number[]>();
  for (const [prompt, positions] of users) {
    const before = chunk.get(prompt);
    chunk.set(prompt, before ? [...before, ...positions] : positions);
    if (chunk.size === CHUNK) {
      yield chunk;
      chunk = new Map();
    }
  }
  if (chunk.size > 0) yield chunk;
}

/** What a message calls a prompt: by its label, for the prompt itself may be long and like many others. */
function namesOf(prompt: string, positions: readonly number[], labels: readonly Label[]): string {
  const [first = "", ...others] = positions.map((position) => JSON.stringify(labels[position]!.label));
  const more = others.length > 0 ? ` and ${others.length} more` : "";
  const text = prompt.length > 80 ? `${prompt.slice(0, 79)}…` : prompt;
  return `the prompt of label ${first}${more}, ${JSON.stringify(text)}`;
}

function addTo(sums: Matrix, rows: readonly number[], embedding: Float32Array): void {
  for (const index of rows) {
    const sum = row(sums, index);
    for (let i = 0; i < embedding.length; i++) sum[i]! += embedding[i]!;
  }
}
