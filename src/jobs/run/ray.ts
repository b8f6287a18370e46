import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { requireOptions } from "../../arguments.js";
import { NearlabelError, reasonOf } from "../../errors.js";
import { isObject, type JsonObject, tryParseJson } from "../../files/json.js";
import { packagePath } from "../../files/package-files.js";
import { checkConditionalPut } from "../../objects/conditional-put.js";
import { openObjectStore } from "../../objects/open-store.js";
import { readPlan } from "../plan/plan-file.js";
import { missingShards } from "../shard/done-shards.js";
import type { ShardOutcome } from "../shard/shard-outcome.js";

/** What `pip install` takes. A driver and the nodes must have the same release, and it was tried with this one. */
export const RAY = "ray[default]==2.60.0";

export interface RayOptions {
  /** `auto` for the cluster that this machine belongs to, or one that is started here; or `host:port`, or `ray://host:port`. */
  readonly address: string;
  /** The program of a worker and its first arguments, as it is found on every node: `["nearlabel"]`, for instance. */
  readonly command: readonly string[];
  /** The Python that has Ray. Default `python3`. */
  readonly python?: string | undefined;
  /** Workers in the cluster. Default: as many as there is room for. */
  readonly workers?: number | undefined;
  /** Of one worker. Default 1. */
  readonly cpus?: number | undefined;
  /** Of one worker; may be less than 1 for several on one GPU. Default 0. */
  readonly gpus?: number | undefined;
  /** Shards that a worker has at a time: with 2 it embeds one while the other is stored. Default 2. */
  readonly maxInFlight?: number | undefined;
  /** How often a shard is tried, lost workers included. Default 3. */
  readonly tries?: number | undefined;
  /** Told where the dashboard is, once the cluster is reached. */
  readonly onStart?: ((cluster: RayCluster) => void) | undefined;
  /** Told of shards that are tried again, and why. */
  readonly onNotice?: ((text: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface RayCluster {
  /** `host:port` of Ray's dashboard; empty where it has none. */
  readonly dashboard: string;
  /** Of Ray. */
  readonly version: string;
  readonly workers: number;
}

const OPTIONS = [
  ...["address", "command", "python", "workers", "cpus", "gpus", "maxInFlight", "tries"],
  ...["onStart", "onNotice", "signal"],
] as (keyof RayOptions)[];

/**
 * Does all shards of a plan that are not done on a Ray cluster, whose nodes all see the place of the plan and have nearlabel
 * installed. Nodes and workers may be lost and come: their shards go to others.
 *
 * @param place where the plan lies
 * @returns what became of each shard, as they end
 * @throws NearlabelError `PLAN_NOT_FOUND`, `PLAN_INVALID`, `OBJECTS_UNSAFE`; `RUNTIME_MISSING` where Python or Ray is not
 * installed, and where there is no such cluster
 */
export async function* runOnRay(place: string, options: RayOptions): AsyncGenerator<ShardOutcome> {
  requireOptions(options, OPTIONS, "runOnRay");
  const { signal, onStart, onNotice } = options;
  const store = openObjectStore(place);
  const plan = await readPlan(store, signal);
  await checkConditionalPut(store, signal);
  const driver = spawn(options.python ?? "python3", driverArguments(store.place, options), {
    stdio: ["pipe", "pipe", "pipe"],
    ...(signal && { signal }),
  });
  const errors = lastText(driver.stderr);
  const ended = once(driver, "close").then(([code]) => code as number | null);
  const failed = ended.catch((cause: unknown) => cause);
  feed(driver.stdin, missingShards(store, plan, signal)).catch(() => driver.kill());
  try {
    for await (const line of createInterface({ input: driver.stdout })) {
      const told = tryParseJson(line);
      if (!isObject(told)) continue;
      if (typeof told.error === "string") throw new NearlabelError("RUNTIME_MISSING", told.error);
      if (typeof told.dashboard === "string") onStart?.(told as unknown as RayCluster);
      else if (typeof told.notice === "string") onNotice?.(told.notice);
      else yield outcomeOf(told);
    }
    signal?.throwIfAborted();
    const code = await failed;
    if (code !== 0) throw driverFailed(code, options.python, errors());
  } finally {
    stop(driver);
  }
}

function driverArguments(place: string, options: RayOptions): string[] {
  const { address, command, workers = 0, cpus = 1, gpus = 0, maxInFlight = 2, tries = 3 } = options;
  const numbers = { workers, cpus, gpus, "max-in-flight": maxInFlight, tries };
  const threads = ["--threads", String(Math.max(1, Math.floor(cpus)))];
  return [
    packagePath("engines/ray_driver.py"),
    ...["--requirement", RAY, "--address", address],
    ...Object.entries(numbers).flatMap(([name, value]) => [`--${name}`, String(value)]),
    ...["--", ...command, "jobs", "work", "--plan", place, "--stdin", ...threads],
  ];
}

/** The shards, no faster than the driver takes them. */
async function feed(stdin: Writable, shards: AsyncIterable<number>): Promise<void> {
  stdin.on("error", () => {});
  for await (const shard of shards) {
    if (!stdin.write(`${shard}\n`)) await once(stdin, "drain");
  }
  stdin.end();
}

function outcomeOf({ error, ...told }: JsonObject): ShardOutcome {
  const outcome = told as unknown as ShardOutcome;
  if (!isObject(error)) return outcome;
  return { ...outcome, error: NearlabelError.fromJSON(error as { code: string; message: string }) };
}

function driverFailed(code: unknown, python: string | undefined, errors: string): NearlabelError {
  const name = python ?? "python3";
  if (code === null) {
    return new NearlabelError(
      "WORKER_LOST",
      "The driver of Ray was killed. Run it again: what was done is kept.",
    );
  }
  if (typeof code === "number") {
    return new NearlabelError("INTERNAL", `The driver of Ray ended with ${code}: ${errors.slice(-1500)}`);
  }
  const text = `Ray needs Python, and ${name} cannot be started: ${reasonOf(code)}. Install Python and pip install '${RAY}', or name another with --python.`;
  return new NearlabelError("RUNTIME_MISSING", text, { cause: code });
}

function lastText(stream: Readable): () => string {
  let text = "";
  stream.on("data", (chunk) => {
    text = (text + chunk).slice(-4000);
  });
  return () => text.trim();
}

function stop(driver: ChildProcess): void {
  driver.stdin?.destroy();
  if (driver.exitCode === null) driver.kill();
}
