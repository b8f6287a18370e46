import { requireOptions } from "../../arguments.js";
import { loadModel } from "../../encoder/load.js";
import { mapAhead } from "../../encoder/rows/map-ahead.js";
import { NearlabelError } from "../../errors.js";
import { tableFor } from "../../images/ingest/table-for.js";
import { writing } from "../../images/ingest/writer.js";
import type { ImageTable } from "../../images/table/image-table.js";
import { openImageTable } from "../../images/table/open.js";
import { noteRowSource } from "../../images/table/row-sources.js";
import { Upkeep } from "../../images/upkeep/upkeep.js";
import type { ObjectStore } from "../../objects/object-store.js";
import { openObjectStore } from "../../objects/open-store.js";
import type { Precision } from "../../store/shape.js";
import type { Plan } from "../plan/plan.js";
import { readPlan } from "../plan/plan-file.js";
import { listDone, readDone } from "../shard/done-shards.js";
import { loadOptionsOf } from "../shard/job.js";
import type { Marker } from "../shard/marker.js";
import type { ShardRow } from "../shard/shard-row.js";
import { countCommit, inSpan } from "../telemetry.js";
import { committedKey, committedOf, type ShardSet } from "./committed.js";
import { type Batch, batchOf } from "./table-rows.js";

export interface CommitOptions {
  /** Where the table of pictures lies, or is to lie: a folder, or an address such as `s3://bucket/photos`. */
  readonly table: string;
  /** How numbers of vectors are stored in a table that is made now. Default float32. */
  readonly precision?: Precision | undefined;
  /** Called after each commit with what is in the table so far. */
  readonly onProgress?: ((progress: CommitProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface CommitProgress {
  /** Shards of the plan that are in the table. */
  readonly shards: number;
  /** Pictures that went into the table now. */
  readonly rows: number;
}

/** What a call of `commitShards` did. */
export interface CommittedShards extends CommitProgress {
  /** Where the table lies: beside the one of another model, if `table` was that. */
  readonly table: string;
  /** Shards of the plan. */
  readonly planned: number;
  /** Pictures that failed and went into the table's list of failures now. */
  readonly failures: number;
  /** Pictures that came more than once, and are one row. */
  readonly repeated: number;
}

/** Memory of the vectors that go into the table at once: each commit costs as much as looking through all keys. */
const BATCH_BYTES = 64 * 2 ** 20;
const AHEAD = 8;

/**
 * Puts the shards that are done into a table of pictures, which is made if it is not there. Can be killed and called again at any
 * point: a picture is in the table once, and what is in is not read again. Shards that are not done yet are left for the next call.
 *
 * @param place where the plan lies
 * @throws NearlabelError `PLAN_NOT_FOUND`, `PLAN_MODEL_MISMATCH`; `TABLE_MODEL_MISMATCH` for a table of another model;
 * `SHARD_INVALID` for an attempt that is not what its marker says; `WRITE_FAILED`
 */
export async function commitShards(place: string, options: CommitOptions): Promise<CommittedShards> {
  requireOptions(options, ["table", "precision", "onProgress", "signal"], "commitShards");
  const { table: tablePlace, precision, onProgress, signal } = options;
  const store = openObjectStore(place);
  const plan = await readPlan(store, signal);
  await using table = await tableOf(plan, tablePlace, precision);
  const { annotations } = await table.table.description();
  const committed = committedOf(annotations.get(committedKey(plan)), tablePlace);
  await writing(() => noteRowSource(table, { ...plan.source, source: plan.source.place }));
  const failing = new Set(await table.failed.paths());
  const upkeep = new Upkeep(table, signal);
  const tally = { rows: 0, failures: 0, repeated: 0 };
  for await (const shards of batches(store, plan, committed, signal)) {
    const rows = shards.flatMap((shard) => shard.rows);
    const batch = batchOf(rows, plan, table.info.precision);
    for (const { marker } of shards) committed.add(marker.shard);
    await inSpan(
      plan,
      "commit",
      { "nearlabel.shards": shards.length, "nearlabel.rows": rows.length },
      async () => {
        await writeBatch(table, batch, failing);
        await writing(() => table.table.annotate(committedKey(plan), JSON.stringify(committed.ranges)));
      },
    );
    countCommit(plan, shards.length, rows.length);
    await upkeep.afterWrite(batch.rows.vectors!.rows);
    tally.rows += batch.rows.vectors!.rows;
    tally.failures += batch.failures.length;
    tally.repeated += batch.repeated;
    onProgress?.({ shards: committed.size, rows: tally.rows });
    signal?.throwIfAborted();
  }
  await upkeep.finish();
  return { table: table.place, shards: committed.size, planned: plan.shards, ...tally };
}

/** What is cut short is done again, with the same result: the list of shards comes after it. */
async function writeBatch(
  { table, failed }: ImageTable,
  { rows, failures }: Batch,
  failing: ReadonlySet<string>,
): Promise<void> {
  await writing(() => failed.add(failures));
  await writing(() => table.upsert(rows));
  const recovered = (rows.columns.path as string[]).filter((path) => failing.has(path));
  await writing(() => failed.remove(recovered));
}

/** Shards that are done and not in the table, some at a time. */
async function* batches(
  store: ObjectStore,
  plan: Plan,
  committed: ShardSet,
  signal: AbortSignal | undefined,
): AsyncGenerator<{ marker: Marker; rows: ShardRow[] }[]> {
  const most = Math.max(1, Math.floor(BATCH_BYTES / (4 * plan.model.dimension)));
  const missing = listDone(store, plan, (shard) => !committed.has(shard), signal);
  let batch: { marker: Marker; rows: ShardRow[] }[] = [];
  let [rows, shards] = [0, 0];
  for await (const shard of mapAhead(missing, (done) => readDone(store, plan, done, signal), {
    ahead: AHEAD,
    signal,
  })) {
    batch.push(shard);
    shards++;
    rows += shard.rows.length;
    if (rows < most && shards < 10_000) continue;
    yield batch;
    batch = [];
    [rows, shards] = [0, 0];
  }
  if (batch.length > 0) yield batch;
}

/** The model itself is needed only where there is no table of it yet. */
async function tableOf(plan: Plan, place: string, precision: Precision | undefined): Promise<ImageTable> {
  const { id, fingerprint, pictures } = plan.model;
  const identity = { id, pictures, fingerprint: async () => fingerprint };
  const table = await openImageTable(place, { model: { identity } }).catch((error: unknown) => {
    const isOther = error instanceof NearlabelError && error.code === "TABLE_MODEL_MISMATCH";
    if (!isOther && !(error instanceof NearlabelError && error.code === "TABLE_NOT_FOUND")) throw error;
    return newTable(plan, place, precision);
  });
  // What makes pixels here may be another release than where the shards were done.
  await table.nameEmbedder({ identity });
  return table;
}

async function newTable(plan: Plan, place: string, precision: Precision | undefined): Promise<ImageTable> {
  await using model = await loadModel(plan.model.id, { ...loadOptionsOf(plan), towers: "vision" });
  if ((await model.identity.fingerprint()) === plan.model.fingerprint) {
    return await tableFor({ table: place, model, precision });
  }
  throw new NearlabelError(
    "PLAN_MODEL_MISMATCH",
    `The model ${plan.model.id} here is another one than the plan's. Use the same files.`,
  );
}
