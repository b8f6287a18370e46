import { stat } from "node:fs/promises";
import { isAbsolute } from "node:path";
import { checkOptions, checkPart, requireOptions } from "../../arguments.js";
import type { Encoder } from "../../encoder/encoder.js";
import { systemErrorCode } from "../../errors.js";
import { contentHash } from "../../image/content-hash.js";
import { imageFile } from "../../image/image-file.js";
import { type Matrix, row } from "../../math/matrix.js";
import { norm } from "../../math/vector.js";
import type { Rows } from "../../store/rows.js";
import type { IngestCounts } from "../ingest/ingest-options.js";
import { IngestRun } from "../ingest/ingest-run.js";
import { listedSource } from "../ingest/listed-source.js";
import { checksumsOf } from "../table/checksum.js";
import type { ImageTable } from "../table/image-table.js";
import { embedderOf, STORED_EMBEDDER } from "../table/table-info.js";

/**
 * What a row does not hold that it says it does. `vector`: its numbers are not finite, or not of length 1; `checksum`: they
 * are not those that were written; `outdated`: made by another way of reading pictures than this model's now; `gone` and
 * `changed`: its file.
 */
export type Fault = "vector" | "checksum" | "outdated" | "gone" | "changed";

export interface Finding {
  readonly path: string;
  readonly fault: Fault;
}

export interface VerifyOptions {
  /** Read every file and compare its contents, in place of its size and time. Default false. */
  readonly contents?: boolean | undefined;
  /** Also finds rows that this model would make otherwise now. Default: those are not looked for. */
  readonly model?: Pick<Encoder, "identity"> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told how many rows were looked at. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/**
 * Rows whose file in the table's folder is gone or damaged, so that the table cannot be read as a whole; 0 where all of it can be.
 *
 * @param options `repair` takes them out, so that the others can be read again, unless they are all. Which pictures they were cannot be told: another
 * ingest of their folders embeds those again that are missing.
 * @throws NearlabelError `WRITE_FAILED`
 */
export async function unreadableRows(
  images: ImageTable,
  { repair = false }: { readonly repair?: boolean } = {},
): Promise<number> {
  const { table } = images;
  const fragments = await table.unreadable();
  const unreadable = fragments.reduce((rows, fragment) => rows + fragment.rows, 0);
  // Where nothing can be read, rather a disk is not there than that all of it is damaged.
  const isAll = unreadable === (await table.count());
  if (repair && unreadable > 0 && !isAll) await table.removeUnreadable(fragments);
  return unreadable;
}

/** Half precision moves a length of 1 by less. */
const NORM_TOLERANCE = 1e-3;

/**
 * Looks at every row of a table, and gives those that do not hold what they say, with the first thing that is wrong.
 *
 * @throws NearlabelError `TABLE_INVALID` where a part of the table cannot be read at all
 */
export async function* verifyTable(table: ImageTable, options: VerifyOptions = {}): AsyncGenerator<Finding> {
  checkOptions(options, ["contents", "model", "signal", "onProgress"], "verifyTable");
  checkPart("table", table);
  const { contents = false, model, signal, onProgress } = options;
  if (model) await table.checkModel(model);
  const embedder = model && embedderOf(model.identity);
  const columns = ["path", "id", "bytes", "modified", "embedder", "checksum", "vector"];
  let done = 0;
  for await (const rows of table.table.scan({ columns })) {
    signal?.throwIfAborted();
    const faults = await faultsOf(rows, embedder, contents);
    for (const [index, fault] of faults.entries()) {
      if (fault) yield { path: rows.columns.path![index] as string, fault };
    }
    done += faults.length;
    onProgress?.(done);
  }
}

async function faultsOf(
  { columns, vectors }: Rows,
  embedder: string | undefined,
  contents: boolean,
): Promise<(Fault | undefined)[]> {
  const checksums = checksumsOf(vectors!);
  const faults: (Fault | undefined)[] = [];
  for (const [index, path] of (columns.path as readonly string[]).entries()) {
    const file = await fileFault(path, {
      ...{ bytes: columns.bytes![index], modified: columns.modified![index] as Date | null },
      ...(contents && { id: columns.id![index] as string }),
    });
    faults.push(
      vectorFault(vectors!, index) ??
        (checksums[index] === columns.checksum![index] ? undefined : "checksum") ??
        file ??
        (embedder === undefined ||
        // Vectors that were computed elsewhere are never made anew.
        columns.embedder![index] === STORED_EMBEDDER ||
        columns.embedder![index] === embedder
          ? undefined
          : "outdated"),
    );
  }
  return faults;
}

function vectorFault(vectors: Matrix, index: number): Fault | undefined {
  return Math.abs(norm(row(vectors, index)) - 1) <= NORM_TOLERANCE ? undefined : "vector";
}

/** Of a row in a larger file, or of a remote one, nothing is known. */
async function fileFault(
  path: string,
  stored: { readonly bytes: unknown; readonly modified: Date | null; readonly id?: string },
): Promise<Fault | undefined> {
  if (!isAbsolute(path) || stored.modified === null) return undefined;
  const found = await stat(path).catch((error: unknown) => systemErrorCode(error));
  if (found === undefined || typeof found === "string") {
    return path.includes("#") || (found !== "ENOENT" && found !== "ENOTDIR") ? undefined : "gone";
  }
  if (stored.id !== undefined) {
    const read = await contentHash(imageFile(path)).catch(() => undefined);
    return read?.hash === stored.id ? undefined : "changed";
  }
  return found.size === stored.bytes && Math.floor(found.mtimeMs) === stored.modified.getTime()
    ? undefined
    : "changed";
}

/**
 * Embeds the pictures of findings again, wherever they lie; rows keep what users wrote to them. Pictures that are gone are left to
 * `prune`, and rows of data sets that have changed to another ingest of them.
 *
 * @throws NearlabelError `TABLE_MODEL_MISMATCH`, `WRITE_FAILED`
 */
export async function repairTable(
  table: ImageTable,
  findings: readonly Finding[],
  options: { readonly model: Encoder; readonly signal?: AbortSignal | undefined },
): Promise<IngestCounts> {
  checkPart("table", table);
  requireOptions(options, ["model", "signal"], "repairTable");
  checkPart("model", options.model);
  await table.checkModel(options.model);
  const paths = findings.filter(({ fault }) => fault !== "gone").map(({ path }) => path);
  return new IngestRun(table, listedSource(table, paths), { ...options, anew: true }).run();
}
