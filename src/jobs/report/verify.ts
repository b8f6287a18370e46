import { checkOptions } from "../../arguments.js";
import { mapAhead } from "../../encoder/rows/map-ahead.js";
import { codedError, type NearlabelError } from "../../errors.js";
import { asStored, checksumsOf } from "../../images/table/checksum.js";
import { openImageTable } from "../../images/table/open.js";
import { openObjectStore } from "../../objects/open-store.js";
import type { Precision } from "../../store/shape.js";
import { readShard } from "../plan/blocks.js";
import type { Plan } from "../plan/plan.js";
import { readPlan } from "../plan/plan-file.js";
import { type DoneShard, listDone, readDone } from "../shard/done-shards.js";
import type { ShardRow } from "../shard/shard-row.js";

export interface VerifyOptions {
  /** A table of pictures that is to hold what the shards hold. Takes some 100 bytes of memory a picture. */
  readonly table?: string | undefined;
  /** Called with the number of shards that were looked at. */
  readonly onProgress?: ((shards: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What is wrong with a shard, or with a picture of it. */
export interface JobProblem {
  readonly shard: number;
  /** The picture; absent where it is the shard. */
  readonly path?: string;
  readonly message: string;
}

export interface JobVerification {
  readonly plan: Plan;
  /** Shards that are done and whole. */
  readonly whole: number;
  /** Shards that are not done. */
  readonly missing: number;
  /** Pictures in whole shards, those that failed included. */
  readonly pictures: number;
  /** The first thousand. */
  readonly problems: readonly JobProblem[];
  readonly problemCount: number;
}

const MOST_PROBLEMS = 1000;
const AHEAD = 8;

/**
 * Reads all that workers wrote, and tells of shards that are damaged or do not have the pictures that the plan gives them; with a
 * table, of pictures that it lacks or holds with another vector.
 *
 * @throws NearlabelError `PLAN_NOT_FOUND`, `PLAN_INVALID`, `TABLE_NOT_FOUND`
 */
export async function verifyJob(place: string, options: VerifyOptions = {}): Promise<JobVerification> {
  checkOptions(options, ["table", "onProgress", "signal"], "verifyJob");
  const { signal, onProgress } = options;
  const store = openObjectStore(place);
  const plan = await readPlan(store, signal);
  const stored = options.table === undefined ? undefined : await readTable(options.table);
  const problems: JobProblem[] = [];
  let [whole, looked, pictures, problemCount] = [0, 0, 0, 0];
  const tell = (problem: JobProblem) => {
    problemCount++;
    if (problems.length < MOST_PROBLEMS) problems.push(problem);
  };
  const read = async ({ shard }: DoneShard): Promise<Looked> => {
    try {
      const { rows } = await readDone(store, plan, { shard }, signal);
      const ranges = await readShard(store, plan, shard, signal);
      const planned = ranges.reduce((sum, [, start, end]) => sum + (end ?? Number.NaN) - start, 0);
      return { shard, rows, planned };
    } catch (error) {
      signal?.throwIfAborted();
      return { shard, error: codedError(error) };
    }
  };
  for await (const found of mapAhead(listDone(store, plan, undefined, signal), read, {
    ahead: AHEAD,
    signal,
  })) {
    looked++;
    onProgress?.(looked);
    const before = problemCount;
    for (const problem of problemsOf(found, stored)) tell(problem);
    if (problemCount === before) whole++;
    pictures += found.rows?.length ?? 0;
  }
  return { plan, whole, missing: plan.shards - looked, pictures, problems, problemCount };
}

type Looked =
  | {
      readonly shard: number;
      readonly rows: readonly ShardRow[];
      readonly planned: number;
      readonly error?: never;
    }
  | { readonly shard: number; readonly error: NearlabelError; readonly rows?: never };

function* problemsOf(found: Looked, stored: StoredTable | undefined): Generator<JobProblem> {
  const { shard } = found;
  if (found.error) {
    yield { shard, message: found.error.message };
    return;
  }
  const { rows, planned } = found;
  if (!Number.isNaN(planned) && planned !== rows.length) {
    yield { shard, message: `it has ${rows.length} pictures, and the plan gives it ${planned}` };
  }
  if (!stored) return;
  for (const { path, vector } of rows) {
    const there = stored.checksums.get(path);
    if (vector === null) continue;
    if (there === undefined) yield { shard, path, message: "the table does not have it" };
    else if (there !== checksumOf(vector, stored.precision)) {
      yield { shard, path, message: "the table has it with another vector" };
    }
  }
}

interface StoredTable {
  readonly precision: Precision;
  /** Of the vectors as they are now, by path. */
  readonly checksums: ReadonlyMap<string, string>;
}

async function readTable(place: string): Promise<StoredTable> {
  await using table = await openImageTable(place);
  const checksums = new Map<string, string>();
  for await (const { columns, vectors } of table.table.scan({ columns: ["path", "vector"] })) {
    const sums = checksumsOf(vectors!);
    for (const [at, path] of columns.path!.entries()) checksums.set(path as string, sums[at]!);
  }
  return { precision: table.info.precision, checksums };
}

function checksumOf(vector: Float32Array, precision: Precision): string {
  return checksumsOf(asStored({ data: vector, rows: 1, columns: vector.length }, precision))[0]!;
}
