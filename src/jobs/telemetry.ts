import { codedError } from "../errors.js";
import type { Plan } from "./plan/plan.js";
import type { ShardOutcome } from "./shard/shard-outcome.js";

type Attributes = Record<string, string | number>;

interface Span {
  setStatus(status: { code: number; message: string }): unknown;
  end(): void;
}

/** What is used of the package `@opentelemetry/api`, which a program that wants traces has in the release that its SDK needs. */
export interface TelemetryApi {
  readonly ROOT_CONTEXT: unknown;
  readonly trace: {
    setSpanContext(context: never, span: never): unknown;
    getTracer(name: string): {
      startActiveSpan<T>(
        name: string,
        options: { attributes: Attributes },
        context: never,
        work: (span: Span) => Promise<T>,
      ): Promise<T>;
    };
  };
  readonly metrics: {
    getMeter(name: string): {
      createCounter(name: string): { add(value: number, attributes: Attributes): void };
      createHistogram(
        name: string,
        options: { unit: string },
      ): { record(value: number, attributes: Attributes): void };
    };
  };
}

/** Under which traces and figures are found. */
const NAME = "nearlabel.jobs";
/** `SpanStatusCode.ERROR`, `TraceFlags.SAMPLED`. */
const ERROR = 2;
const SAMPLED = 1;

let api: TelemetryApi | undefined;

/**
 * Tells OpenTelemetry of plans, shards and commits from now on, in this process. Nothing is recorded without it.
 *
 * @param telemetry the package `@opentelemetry/api` as a whole: `import * as api from "@opentelemetry/api"`
 */
export function useTelemetry(telemetry: TelemetryApi): void {
  api = telemetry;
}

type Identified = Pick<Plan, "id" | "task">;

/**
 * Does `work` in a span. All spans of a plan, whichever machine and program they are of, are one trace, whose id is the beginning
 * of the plan's.
 */
export async function inSpan<T>(
  { id, task }: Identified,
  name: string,
  attributes: Attributes,
  work: () => Promise<T>,
): Promise<T> {
  if (!api) return work();
  const ofPlan = { traceId: id.slice(0, 32), spanId: id.slice(32, 48), traceFlags: SAMPLED, isRemote: true };
  const parent = api.trace.setSpanContext(api.ROOT_CONTEXT as never, ofPlan as never) as never;
  const options = { attributes: { "nearlabel.plan": id, "nearlabel.task": task.kind, ...attributes } };
  return api.trace.getTracer(NAME).startActiveSpan(`nearlabel.${name}`, options, parent, async (span) => {
    try {
      return await work();
    } catch (error) {
      const { code, message } = codedError(error);
      span.setStatus({ code: ERROR, message: `${code}: ${message}` });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Counts what became of a shard: shards by state, pictures by what became of them, seconds. */
export function countShard({ task }: Identified, { state, rows, failed, seconds }: ShardOutcome): void {
  const meter = api?.metrics.getMeter(NAME);
  if (!meter) return;
  const of = { task: task.kind };
  meter.createCounter("nearlabel.shards").add(1, { ...of, state });
  if (state !== "done") return;
  const pictures = meter.createCounter("nearlabel.pictures");
  pictures.add(rows, { ...of, result: "embedded" });
  pictures.add(failed, { ...of, result: "failed" });
  meter.createHistogram("nearlabel.shard.duration", { unit: "s" }).record(seconds, of);
}

/** Counts what went into a table. */
export function countCommit({ task }: Identified, shards: number, rows: number): void {
  const meter = api?.metrics.getMeter(NAME);
  meter?.createCounter("nearlabel.committed.shards").add(shards, { task: task.kind });
  meter?.createCounter("nearlabel.committed.pictures").add(rows, { task: task.kind });
}
