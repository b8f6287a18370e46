import { isDeepStrictEqual } from "node:util";
import { adaptedLabels } from "../../adapt/index-examples.js";
import { checkPart } from "../../arguments.js";
import type { Encoder } from "../../encoder/encoder.js";
import { NearlabelError } from "../../errors.js";
import { buildLabelIndex, importLabelIndex } from "../../labels/index/build.js";
import { type LabelIndex, openLabelIndex } from "../../labels/index/label-index.js";
import { DEFAULT_TEMPLATES } from "../../labels/prompts/templates.js";
import { type LabelInput, labelSet } from "../../labels/set/label-set.js";
import type { ImageTable } from "../table/image-table.js";

/** What a label set may be called: it is the name of a folder, and stands before the `@` in `animals@3`. */
const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}._-]*$/u;

/** A version of a saved label set, as the column `label_set` names it. */
export interface LabelSetVersion {
  readonly name: string;
  /** The version of its label index. */
  readonly version: number;
}

/** The place of a label set that belongs to a table: a label index of its own, beside the table. */
export function labelSetPlace(images: ImageTable, name: string): string {
  checkName(name);
  return `${images.table.uri.replace(/[/\\]+$/, "")}/label-sets/${name}`;
}

/** `animals@3`. */
export function labelSetText({ name, version }: LabelSetVersion): string {
  return `${name}@${version}`;
}

/** @throws NearlabelError `OPTION_INVALID` for what {@link labelSetText} did not make */
export function labelSetOf(text: string): { readonly name: string; readonly version?: number } {
  const [name = "", version, ...rest] = text.split("@");
  if (rest.length > 0 || (version !== undefined && !/^\d+$/.test(version))) throw notName(text);
  checkName(name);
  return { name, ...(version !== undefined && { version: Number(version) }) };
}

/** The label set that was saved under a name. @throws NearlabelError `INDEX_NOT_FOUND`, `INDEX_INVALID` */
export async function openSavedLabelSet(table: ImageTable, name: string): Promise<LabelIndex> {
  checkPart("table", table);
  return openLabelIndex(labelSetPlace(table, name));
}

/** The current version of a label set. */
export async function currentVersion(name: string, index: LabelIndex): Promise<LabelSetVersion> {
  const versions = await index.versions();
  return { name, version: versions.at(-1)!.version };
}

/** What a label set is saved with. */
export interface SaveLabelSetOptions {
  /** Default `a photo of a {}`. */
  readonly templates?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onPrompts?: ((done: number) => void) | undefined;
}

/**
 * Makes a label set what `labels` are, under a name. Only what is new is encoded. Where nothing changes, neither does its
 * version.
 *
 * @throws NearlabelError `OPTION_INVALID` for the name; and as `buildLabelIndex`
 */
export async function saveLabelSet(
  table: ImageTable,
  name: string,
  labels: readonly LabelInput[],
  model: Encoder,
  { templates, signal, onPrompts: onProgress }: SaveLabelSetOptions = {},
): Promise<LabelIndex> {
  checkPart("table", table);
  checkPart("model", model);
  const place = labelSetPlace(table, name);
  const wanted = labelSet(labels);
  const index = await existing(place);
  const same = index && isDeepStrictEqual(index.info.templates, templates ?? index.info.templates);
  if (!index || !same || index.info.fingerprint !== table.info.fingerprint) {
    await index?.close();
    const options = { labels: wanted, model, templates: templates ?? DEFAULT_TEMPLATES, signal, onProgress };
    return buildLabelIndex(place, { ...options, overwrite: true });
  }
  const names = new Set(wanted.map(({ label }) => label));
  const { labels: before } = await index.labels();
  // Added first: a set without any label cannot be read, and a run that ends between the two has too many.
  await index.add(wanted, model, { signal, onProgress });
  await index.remove(before.map(({ label }) => label).filter((label) => !names.has(label)));
  return index;
}

/** Saves the labels of a label index, moved towards its examples, under a name. Nothing is encoded. */
export async function saveLabelIndex(table: ImageTable, name: string, from: LabelIndex): Promise<LabelIndex> {
  const place = labelSetPlace(table, name);
  const { labels, embeddings } = await adaptedLabels(from);
  const { calibration, rejection, templates, ...model } = from.info;
  const before = await existing(place);
  if (before && isDeepStrictEqual(await before.labels(), { labels, embeddings })) return before;
  await before?.close();
  const saved = await importLabelIndex(place, { labels, embeddings, model, templates, overwrite: true });
  if (calibration) await saved.calibrate(calibration);
  if (rejection) await saved.rejectBelow(rejection);
  return saved;
}

async function existing(place: string): Promise<LabelIndex | undefined> {
  return openLabelIndex(place).catch((error: unknown) => {
    if (error instanceof NearlabelError && error.code === "INDEX_NOT_FOUND") return undefined;
    throw error;
  });
}

function checkName(name: string): void {
  if (!NAME.test(name)) throw notName(name);
}

function notName(name: string): NearlabelError {
  return new NearlabelError(
    "OPTION_INVALID",
    `A label set cannot be called ${JSON.stringify(name)}. Expected letters, digits, _, - and dots, such as animals or wild-animals.v2.`,
  );
}
