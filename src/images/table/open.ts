import { checkOptions, checkPart, requireOptions } from "../../arguments.js";
import type { Encoder } from "../../encoder/encoder.js";
import { NearlabelError } from "../../errors.js";
import { modelInfo } from "../../labels/index/index-info.js";
import { matrixOf } from "../../math/matrix.js";
import { createTable, openTable } from "../../store/database.js";
import type { Column, Precision } from "../../store/shape.js";
import { checkColumnNames, IMAGE_TABLE } from "./columns.js";
import { ImageTable } from "./image-table.js";
import { expectModel, infoOf, metadataOf } from "./table-info.js";

export interface OpenImageTableOptions {
  /**
   * The model that is going to be used with it: of several tables of one place, its own is opened. Default: the table of the
   * model that came first.
   */
  readonly model?: Pick<Encoder, "identity"> | undefined;
  /** Read the table as it was in this version; it cannot be written to then. Default: the newest, at every read. */
  readonly version?: number | undefined;
}

export interface CreateImageTableOptions {
  /** Embeds the pictures; from then on the table is of use with this model only. */
  readonly model: Encoder;
  /** float16 takes half the space. Default float32. */
  readonly precision?: Precision | undefined;
  /** Columns of users' own. Each may be null. Default none. */
  readonly columns?: Readonly<Record<string, Omit<Column, "nullable">>> | undefined;
}

/**
 * Opens the table of pictures at `place`: a folder, or an object store such as `s3://bucket/photos`.
 *
 * @throws NearlabelError `TABLE_NOT_FOUND`; `TABLE_INVALID`; `TABLE_MODEL_MISMATCH`, which names both models, where pictures
 * were ingested with others than `model` only
 */
export async function openImageTable(
  place: string,
  options: OpenImageTableOptions = {},
): Promise<ImageTable> {
  checkOptions(options, ["model", "version"], "openImageTable");
  const { model, version } = options;
  const first = await openAt(place, version);
  if (!model) return first;
  const wanted = { model: model.identity.id, fingerprint: await model.identity.fingerprint() };
  if (first.info.fingerprint === wanted.fingerprint) return first;
  await first.close();
  const beside = await openAt(besideOf(place, wanted.fingerprint), version).catch((error: unknown) => {
    if (isCode(error, "TABLE_NOT_FOUND")) return undefined;
    throw error;
  });
  if (beside) return beside;
  expectModel(place, first.info, wanted);
  return first;
}

/**
 * Makes a table without pictures at `place`; where that holds one of another model, beside it.
 *
 * @throws NearlabelError `TABLE_EXISTS` where there is one of this model; `OPTION_INVALID`; `WRITE_FAILED`
 */
export async function createImageTable(place: string, options: CreateImageTableOptions): Promise<ImageTable> {
  requireOptions(options, ["model", "precision", "columns"], "createImageTable");
  const { model, precision, columns = {} } = options;
  checkColumnNames(Object.keys(columns));
  checkPart("model", model);
  const info = await modelInfo(model);
  const other = await openAt(place).catch((error: unknown) => {
    if (isCode(error, "TABLE_NOT_FOUND")) return undefined;
    throw error;
  });
  await other?.close();
  const at = other && other.info.fingerprint !== info.fingerprint ? besideOf(place, info.fingerprint) : place;
  const names = Object.keys(IMAGE_TABLE.columns);
  const table = await createTable(at, IMAGE_TABLE, {
    rows: {
      columns: Object.fromEntries(names.map((name) => [name, []])),
      vectors: matrixOf([], model.dimension),
    },
    metadata: metadataOf(info, model.identity),
    columns: nullable(columns),
    precision,
  });
  return new ImageTable(at, table, infoOf(await table.description(), at));
}

/** The table of a model whose pictures come second at `place`, in a database of its own: what belongs to a table lies beside it. */
function besideOf(place: string, fingerprint: string): string {
  return `${place.replace(/[/\\]+$/, "")}/model-${fingerprint.replace(/^sha256:/, "").slice(0, 12)}`;
}

async function openAt(place: string, version?: number): Promise<ImageTable> {
  const table = await openTable(place, IMAGE_TABLE, { version });
  try {
    return new ImageTable(place, table, infoOf(await table.description(), place));
  } catch (error) {
    table.close();
    throw error;
  }
}

function nullable(columns: Readonly<Record<string, Omit<Column, "nullable">>>): Record<string, Column> {
  return Object.fromEntries(
    Object.entries(columns).map(([name, { type }]) => [name, { type, nullable: true }]),
  );
}

function isCode(error: unknown, code: NearlabelError["code"]): boolean {
  return error instanceof NearlabelError && error.code === code;
}
