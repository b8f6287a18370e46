import type { CallOptions, Transport } from "./transport.js";

/** A plan of `nearlabel jobs` that workers do, wherever they run. */
export interface Job {
  /** What the server calls it. */
  readonly name: string;
  /** The id of the plan. */
  readonly plan: string;
  readonly task: "embed" | "classify" | "evaluate";
  readonly model: string;
  readonly shards: number;
  /** In all shards, where it is known. */
  readonly pictures?: number;
}

/** How far a plan is. */
export interface JobProgress extends Job {
  /** Shards that are done. */
  readonly done: number;
  /** Pictures, in shards that are done. */
  readonly embedded: number;
  /** Pictures that could not be embedded, in shards that are done. */
  readonly failed: number;
  /** Failed pictures by the code of their error, most frequent first. */
  readonly failures: readonly { readonly code: string; readonly message: string; readonly count: number }[];
  /** Shards that cannot be done, however often they are tried. */
  readonly setAside: number;
  /** The first of them. */
  readonly firstSetAside: readonly {
    readonly shard: number;
    readonly code: string;
    readonly message: string;
  }[];
  /** When the last shard was done, by the clock of the store: ISO 8601, UTC. */
  readonly latest?: string;
  /** Pictures a second over the last minutes in which shards ended; none before two are done. */
  readonly rate?: number;
  /** Until all shards are done, at that rate. */
  readonly secondsLeft?: number;
}

/** The plans whose progress the server tells. */
export interface JobClient {
  list(options?: CallOptions): Promise<readonly Job[]>;
  get(name: string, options?: CallOptions): Promise<JobProgress>;
}

export function jobClient(transport: Transport): JobClient {
  return {
    async list({ signal } = {}) {
      return (await transport.json<{ data: Job[] }>("/v1/jobs", { signal })).data;
    },
    get: (name, { signal } = {}) => transport.json(`/v1/jobs/${encodeURIComponent(name)}`, { signal }),
  };
}
