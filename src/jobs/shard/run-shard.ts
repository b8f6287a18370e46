import { randomUUID } from "node:crypto";
import { type EmbeddedRow, embedRows } from "../../encoder/rows/embed-rows.js";
import { codedError, NearlabelError } from "../../errors.js";
import { readShard } from "../plan/blocks.js";
import { rowsOfShard } from "../plan/shard-rows.js";
import { countShard, inSpan } from "../telemetry.js";
import { attemptBytes, sha256 } from "./attempt.js";
import type { Job } from "./job.js";
import { attemptKey, type Marker, readMarker, writeMarker, writePoison } from "./marker.js";
import { described, type PictureDetails } from "./picture-details.js";
import type { ShardOutcome } from "./shard-outcome.js";
import type { ShardRow } from "./shard-row.js";

/** The rows of a shard that is embedded, and not written yet. */
export interface EmbeddedShard {
  readonly shard: number;
  readonly rows: readonly ShardRow[];
  readonly started: number;
}

/** A shard up to its rows; its outcome where it is done already or cannot be done. */
export async function embedShard(
  job: Job,
  shard: number,
  signal?: AbortSignal,
): Promise<EmbeddedShard | ShardOutcome> {
  const started = performance.now();
  return settled(job, shard, started, signal, () =>
    inSpan(job.plan, "shard.embed", { "nearlabel.shard": shard }, async () => {
      checkNumber(job, shard);
      const there = await readMarker(job.store, job.plan, shard, signal);
      if (there) return outcome("present", there, started);
      return { shard, rows: await rowsOf(job, shard, signal), started };
    }),
  );
}

/** Writes the rows of a shard, reads them back, and marks the shard as done, unless it is already. */
export async function finishShard(
  job: Job,
  { shard, rows, started }: EmbeddedShard,
  signal?: AbortSignal,
): Promise<ShardOutcome> {
  return settled(job, shard, started, signal, () =>
    inSpan(job.plan, "shard.store", { "nearlabel.shard": shard, "nearlabel.rows": rows.length }, async () => {
      const marker = await writeAttempt(job, shard, rows, started);
      const counting = await writeMarker(job.store, job.plan, marker);
      const counted = outcome(counting.attempt === marker.attempt ? "done" : "late", counting, started);
      countShard(job.plan, counted);
      return counted;
    }),
  );
}

/**
 * Does one shard: embeds its pictures, writes what came of them, and marks it as done. Any number of programs may do the same
 * shard at the same time or again; the first whose attempt is whole counts. Never rejects but for an abort.
 */
export async function runShard(job: Job, shard: number, signal?: AbortSignal): Promise<ShardOutcome> {
  const embedded = await embedShard(job, shard, signal);
  return "state" in embedded ? embedded : finishShard(job, embedded, signal);
}

async function settled<T>(
  job: Job,
  shard: number,
  started: number,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T | ShardOutcome> {
  try {
    return await work();
  } catch (thrown) {
    signal?.throwIfAborted();
    const error = codedError(thrown);
    const state = isPoison(error) ? "poison" : "retry";
    const { code, message } = error;
    // Where not even this can be written, the next try tells.
    if (state === "poison")
      await writePoison(job.store, { plan: job.plan.id, shard, code, message }).catch(() => {});
    const failed: ShardOutcome = { shard, state, rows: 0, failed: 0, seconds: secondsSince(started), error };
    countShard(job.plan, failed);
    return failed;
  }
}

/** Whether another try, here or elsewhere, would end the same way. */
function isPoison({ code }: NearlabelError): boolean {
  return code === "DATASET_INVALID" || code === "OPTION_INVALID";
}

function checkNumber({ plan }: Job, shard: number): void {
  if (Number.isSafeInteger(shard) && shard >= 0 && shard < plan.shards) return;
  throw new NearlabelError(
    "OPTION_INVALID",
    `Expected the number of a shard from 0 to ${plan.shards - 1}, got ${shard}.`,
  );
}

async function rowsOf(job: Job, shard: number, signal?: AbortSignal): Promise<ShardRow[]> {
  const { store, plan, dataset, pathOf, encoder, labelOf } = job;
  const ranges = await readShard(store, plan, shard, signal);
  const details: PictureDetails[] = [];
  const pictures = described(rowsOfShard(dataset, ranges), encoder.batching.maxBytes, details);
  const rows: ShardRow[] = [];
  for await (const embedded of embedRows(encoder, pictures, { signal })) {
    const found = details[rows.length]!;
    rows.push(shardRow(embedded, rows.length, found, pathOf(found.row)));
  }
  return labelOf ? labelOf(rows) : rows;
}

function shardRow(
  { row, embedding, error }: EmbeddedRow,
  position: number,
  details: PictureDetails,
  path: string,
): ShardRow {
  return {
    row: position,
    path,
    ...details.columns,
    given_label: row.label ?? null,
    label: null,
    score: null,
    vector: embedding ?? null,
    error_code: error?.code ?? null,
    error_message: error?.message ?? null,
  };
}

async function writeAttempt(
  { store, plan }: Job,
  shard: number,
  rows: readonly ShardRow[],
  started: number,
): Promise<Marker> {
  const about = { "nearlabel.plan": plan.id, "nearlabel.shard": String(shard) };
  const content = await attemptBytes(rows, plan.model.dimension, about);
  const hash = sha256(content);
  const attempt = attemptKey(shard, randomUUID());
  await store.put(attempt, content);
  const stored = await store.read(attempt);
  if (!stored || sha256(stored) !== hash) {
    throw new NearlabelError(
      "WRITE_FAILED",
      `${store.place}/${attempt} does not hold what was written: ${stored?.length ?? 0} bytes of ${content.length}.`,
    );
  }
  const failures: Record<string, number> = {};
  for (const { error_code: code } of rows) if (code !== null) failures[code] = (failures[code] ?? 0) + 1;
  return {
    plan: plan.id,
    shard,
    attempt,
    hash,
    bytes: content.length,
    rows: rows.filter(({ vector }) => vector).length,
    failures,
    seconds: secondsSince(started),
  };
}

function outcome(
  state: ShardOutcome["state"],
  { shard, rows, failures }: Marker,
  started: number,
): ShardOutcome {
  const failed = Object.values(failures).reduce((sum, count) => sum + count, 0);
  return { shard, state, rows, failed, seconds: secondsSince(started) };
}

function secondsSince(started: number): number {
  return Math.round(performance.now() - started) / 1000;
}
