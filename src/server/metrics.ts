import type { FastifyInstance } from "fastify";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

declare module "fastify" {
  interface FastifyInstance {
    readonly metrics: Registry;
  }
}

/** Seconds; a small model answers in some milliseconds, a stream of many pictures in minutes. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Counts what the server does. The registry is its own, so that two servers in one process do not mix. */
export function countRequests(app: FastifyInstance): void {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: "nearlabel_request_seconds",
    help: "Time from a request to the end of its answer",
    labelNames: ["method", "route", "status"] as const,
    buckets: BUCKETS,
    registers,
  });
  app.addHook("onResponse", async (request, reply) => {
    const { method, routeOptions, is404 } = request;
    const route = is404 ? "none" : String(routeOptions.url);
    requests.observe({ method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
  });
  countQueues(app, registers);
  app.decorate("metrics", registry);
}

function countQueues(app: FastifyInstance, registers: Registry[]): void {
  const { models } = app.service;
  const byModel = (name: string, help: string, value: "waiting" | "running") =>
    new Gauge({
      name,
      help,
      labelNames: ["model"],
      registers,
      collect() {
        for (const [model, { queue }] of models) this.set({ model }, queue[value]);
      },
    });
  byModel("nearlabel_queue_waiting", "Pictures and texts that wait for their turn", "waiting");
  byModel("nearlabel_queue_running", "Pictures and texts that the model works on", "running");
  const totals = (name: string, help: string, value: "items" | "batches") =>
    new Counter({
      name,
      help,
      labelNames: ["model"],
      registers,
      collect() {
        this.reset();
        for (const [model, { queue }] of models) this.inc({ model }, queue.done[value]);
      },
    });
  totals("nearlabel_embedded_total", "Pictures and texts that were embedded", "items");
  totals("nearlabel_batches_total", "Runs of a network that they were embedded in", "batches");
}
