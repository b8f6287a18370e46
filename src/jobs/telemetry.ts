import {
  type Attributes,
  metrics,
  ROOT_CONTEXT,
  type SpanContext,
  SpanStatusCode,
  TraceFlags,
  trace,
} from "@opentelemetry/api";
import { codedError } from "../errors.js";
import type { Plan } from "./plan/plan.js";
import type { ShardOutcome } from "./shard/run-shard.js";

/** Under which traces and figures are found. */
const NAME = "nearlabel.jobs";

type Identified = Pick<Plan, "id" | "task">;

/**
 * Does `work` in a span. All spans of a plan, whichever machine and program they are of, are one trace, whose id is the beginning
 * of the plan's. Nothing is recorded unless the program has started an SDK of OpenTelemetry.
 */
export async function inSpan<T>(
  { id, task }: Identified,
  name: string,
  attributes: Attributes,
  work: () => Promise<T>,
): Promise<T> {
  const parent = trace.setSpanContext(ROOT_CONTEXT, planContext(id));
  const options = { attributes: { "nearlabel.plan": id, "nearlabel.task": task.kind, ...attributes } };
  return trace.getTracer(NAME).startActiveSpan(`nearlabel.${name}`, options, parent, async (span) => {
    try {
      return await work();
    } catch (error) {
      const { code, message } = codedError(error);
      span.setStatus({ code: SpanStatusCode.ERROR, message: `${code}: ${message}` });
      throw error;
    } finally {
      span.end();
    }
  });
}

function planContext(id: string): SpanContext {
  return {
    traceId: id.slice(0, 32),
    spanId: id.slice(32, 48),
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  };
}

/** Counts what became of a shard: shards by state, pictures by what became of them, seconds. */
export function countShard({ task }: Identified, { state, rows, failed, seconds }: ShardOutcome): void {
  const meter = metrics.getMeter(NAME);
  const labels = { state, task: task.kind };
  meter.createCounter("nearlabel.shards", { description: "Shards by what became of them" }).add(1, labels);
  if (state !== "done") return;
  const pictures = meter.createCounter("nearlabel.pictures", {
    description: "Pictures in shards that are done",
  });
  pictures.add(rows, { result: "embedded", task: task.kind });
  pictures.add(failed, { result: "failed", task: task.kind });
  const duration = meter.createHistogram("nearlabel.shard.duration", {
    unit: "s",
    description: "From the beginning of a shard to its marker",
  });
  duration.record(seconds, { task: task.kind });
}

/** Counts what went into a table. */
export function countCommit({ task }: Identified, shards: number, rows: number): void {
  const meter = metrics.getMeter(NAME);
  meter.createCounter("nearlabel.committed.shards").add(shards, { task: task.kind });
  meter.createCounter("nearlabel.committed.pictures").add(rows, { task: task.kind });
}
