import { join } from "node:path";
import { expect, it } from "vitest";
import { loadModel } from "../../src/encoder/load.js";
import { commitShards } from "../../src/jobs/commit/commit.js";
import { planJob } from "../../src/jobs/plan/make-plan.js";
import { openJob } from "../../src/jobs/shard/job.js";
import { runShard } from "../../src/jobs/shard/run-shard.js";
import { type TelemetryApi, useTelemetry } from "../../src/jobs/telemetry.js";
import { temporaryFolder } from "../folders.js";

it("tells of a plan from its making to the table, as one trace", async () => {
  const spans: [string, unknown, string][] = [];
  const counts: Record<string, number> = {};
  // What an SDK does of this, in memory.
  const api: TelemetryApi = {
    ROOT_CONTEXT: "root",
    trace: {
      setSpanContext: (_, span) => span,
      getTracer: () => ({
        startActiveSpan(name, { attributes }, context, work) {
          const { traceId } = context as { traceId: string };
          spans.push([name, attributes["nearlabel.shard"], traceId]);
          return work({ setStatus() {}, end() {} });
        },
      }),
    },
    metrics: {
      getMeter: () => ({
        createCounter: (name) => ({
          add(value, { state, result }) {
            const key = [name, state ?? result].filter(Boolean).join(" ");
            counts[key] = (counts[key] ?? 0) + value;
          },
        }),
        createHistogram: () => ({ record() {} }),
      }),
    },
  };
  useTelemetry(api);
  const folder = await temporaryFolder();
  const [run, table] = [join(folder, "run"), join(folder, "table")];
  const { id } = await planJob("samples", { out: run, shardSize: 12 });
  await using encoder = await loadModel("mini");
  const job = await openJob(run, { encoder });
  for (const shard of [0, 1, 1]) await runShard(job, shard);
  await commitShards(run, { table });
  const trace = id.slice(0, 32);
  expect(spans).toEqual([
    ["nearlabel.plan", undefined, trace],
    ["nearlabel.shard.embed", 0, trace],
    ["nearlabel.shard.store", 0, trace],
    ["nearlabel.shard.embed", 1, trace],
    ["nearlabel.shard.store", 1, trace],
    ["nearlabel.shard.embed", 1, trace],
    ["nearlabel.commit", undefined, trace],
  ]);
  expect(counts).toEqual({
    "nearlabel.shards done": 2,
    "nearlabel.pictures embedded": 24,
    "nearlabel.pictures failed": 0,
    "nearlabel.committed.shards": 2,
    "nearlabel.committed.pictures": 24,
  });
});
