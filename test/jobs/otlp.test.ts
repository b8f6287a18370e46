import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../folders.js";

/** A folder into which `npm install @opentelemetry/api @opentelemetry/sdk-node@0.223.0` went. */
const SDK = process.env.OTEL_SDK && join(process.env.OTEL_SDK, "node_modules/@opentelemetry");

interface Span {
  readonly name: string;
  readonly traceId: string;
}

interface Metric {
  readonly name: string;
  readonly sum?: { readonly dataPoints: readonly { readonly asDouble?: number; readonly asInt?: number }[] };
}

interface Sent {
  readonly resourceSpans?: readonly { readonly scopeSpans: readonly { readonly spans: readonly Span[] }[] }[];
  readonly resourceMetrics?: readonly {
    readonly scopeMetrics: readonly { readonly metrics: readonly Metric[] }[];
  }[];
}

describe.skipIf(!SDK || !existsSync(SDK))("a collector of OpenTelemetry (needs OTEL_SDK)", () => {
  const sent: Sent[] = [];
  let server: Server;
  beforeAll(async () => {
    server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      sent.push(JSON.parse(Buffer.concat(chunks).toString()));
      response.setHeader("content-type", "application/json").end("{}");
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  });
  afterAll(() => server.close());

  it("is told of a plan from its making to the table by the file of docs/scale.md", async () => {
    const folder = await temporaryFolder();
    const page = await readFile("docs/scale.md", "utf8");
    const [, program] = /```js\n([^`]*useTelemetry[^`]*)```/.exec(page)!;
    await writeFile(join(folder, "otel.mjs"), program!);
    await mkdir(join(folder, "node_modules"));
    await symlink(resolve("."), join(folder, "node_modules/nearlabel"));
    await symlink(SDK!, join(folder, "node_modules/@opentelemetry"));
    const jobs = (...args: string[]) =>
      promisify(execFile)(process.execPath, ["dist/bundle/nearlabel.js", "jobs", ...args], {
        env: {
          ...process.env,
          NODE_OPTIONS: `--import ${join(folder, "otel.mjs")}`,
          OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
          OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
          OTEL_METRICS_EXPORTER: "otlp",
          OTEL_LOGS_EXPORTER: "none",
        },
      });
    const [run, table] = [join(folder, "run"), join(folder, "table")];
    await jobs("plan", "samples", "--out", run, "--shard-size", "12");
    await jobs("run", "--plan", run);
    await jobs("commit", "--plan", run, "--table", table);

    const { id } = JSON.parse(await readFile(join(run, "plan.json"), "utf8"));
    const spans = sent
      .flatMap(({ resourceSpans = [] }) => resourceSpans.flatMap(({ scopeSpans }) => scopeSpans))
      .flatMap((scope) => scope.spans);
    expect(spans.every(({ traceId }) => traceId === id.slice(0, 32))).toBe(true);
    expect(spans.map(({ name }) => name).sort()).toEqual([
      "nearlabel.commit",
      "nearlabel.plan",
      "nearlabel.shard.embed",
      "nearlabel.shard.embed",
      "nearlabel.shard.store",
      "nearlabel.shard.store",
    ]);
    const metrics = sent
      .flatMap(({ resourceMetrics = [] }) => resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics))
      .flatMap((scope) => scope.metrics);
    const sumOf = (wanted: string) =>
      metrics
        .filter(({ name }) => name === wanted)
        .flatMap(({ sum }) => sum?.dataPoints ?? [])
        .reduce((sum, { asDouble, asInt }) => sum + Number(asDouble ?? asInt), 0);
    const names = ["shards", "pictures", "committed.shards", "committed.pictures"];
    expect(names.map((name) => sumOf(`nearlabel.${name}`))).toEqual([2, 24, 2, 24]);
    expect(metrics.map(({ name }) => name)).toContain("nearlabel.shard.duration");
  });
});
