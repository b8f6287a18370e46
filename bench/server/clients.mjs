/** A server in a process of its own, clients that load it, and one that asks how it is. */
import { spawn } from "node:child_process";
import { Agent, request } from "node:http";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

const PROGRAM = fileURLToPath(new URL("../../dist/bundle/nearlabel.js", import.meta.url));

/** Starts `nearlabel serve` with `options` at a free port. */
export async function startServer(options) {
  const server = spawn(process.execPath, [PROGRAM, "serve", "--port", "0", "--log", "none", ...options], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let told = "";
  server.stderr.setEncoding("utf8").on("data", (data) => {
    told += data;
  });
  for await (const _ of looks()) {
    const found = /127\.0\.0\.1:(\d+)/.exec(told);
    if (found) return { process: server, port: Number(found[1]) };
    if (server.exitCode !== null) throw new Error(told);
  }
}

async function* looks() {
  for (;;) yield await new Promise((resolve) => setTimeout(resolve, 50));
}

/** Before what is counted: batches fill, and memory for them is taken. In milliseconds. */
const WARM_UP = 1000;

/** `clients` clients, each with one request after the other for `seconds`. `requestOf` gives the nth. */
export async function load(port, { clients, seconds, requestOf }) {
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  const times = [];
  let refused = 0;
  const begin = performance.now() + WARM_UP;
  const end = begin + seconds * 1000;
  await Promise.all(
    Array.from({ length: clients }, async (_, number) => {
      for (let at = number; performance.now() < end; at++) {
        const from = performance.now();
        const status = await ask({ port, agent, ...requestOf(at) });
        const now = performance.now();
        if (status !== 200) refused++;
        // What ends later had fewer and fewer beside it.
        else if (now > begin && now <= end) times.push(now - from);
      }
    }),
  );
  agent.destroy();
  return {
    rate: times.length / seconds,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    refused,
  };
}

/** Asks /healthz all the time, in a thread of its own, until `stop`, which gives how long the answers took in milliseconds. */
export function watchHealth(port) {
  const worker = new Worker(new URL("health.mjs", import.meta.url), { workerData: { port } });
  return {
    async stop() {
      const told = new Promise((resolve) => worker.once("message", resolve));
      worker.postMessage("stop");
      const times = await told;
      await worker.terminate();
      return times;
    },
  };
}

export function ask({ body, ...options }) {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", ...options }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode));
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

export function percentile(times, share) {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
