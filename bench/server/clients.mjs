/** A server in a process of its own, clients that load it, and one that asks how it is. */
import { spawn } from "node:child_process";
import { request } from "node:http";
import { connect } from "node:net";
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
  const times = [];
  let refused = 0;
  const begin = performance.now() + WARM_UP;
  const end = begin + seconds * 1000;
  await Promise.all(
    Array.from({ length: clients }, async (_, number) => {
      const line = openLine(port);
      for (let at = number; performance.now() < end; at++) {
        const from = performance.now();
        const status = await line.send(requestOf(at));
        const now = performance.now();
        if (status !== 200) refused++;
        // What ends later had fewer and fewer beside it.
        else if (now > begin && now <= end) times.push(now - from);
      }
      line.close();
    }),
  );
  return {
    rate: times.length / seconds,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    refused,
  };
}

/**
 * A connection that sends one request after the other and reads of the answers what it must: clients that share the cores with the server
 * would otherwise take a part of what is measured.
 */
function openLine(port) {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  let waiting;
  let [head, left] = ["", 0];
  socket.on("error", (error) => waiting?.reject(error));
  socket.on("close", () => waiting?.reject(new Error("The server closed the connection.")));
  socket.on("data", (data) => {
    if (left > 0) left -= data.length;
    else {
      head += data.latin1Slice();
      const end = head.indexOf("\r\n\r\n");
      if (end === -1) return;
      left = Number(/content-length: (\d+)/i.exec(head)[1]) - (head.length - end - 4);
    }
    if (left > 0) return;
    const status = Number(head.slice(9, 12));
    head = "";
    waiting.resolve(status);
  });
  return {
    send({ method, path, headers, body }) {
      const lines = Object.entries({ ...headers, host: "localhost", "content-length": body.length });
      const start = [`${method} ${path} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${value}`)];
      socket.cork();
      socket.write(`${start.join("\r\n")}\r\n\r\n`);
      socket.write(body);
      socket.uncork();
      return new Promise((resolve, reject) => {
        waiting = { resolve, reject };
      });
    },
    close: () => socket.destroy(),
  };
}

/**
 * Asks /healthz all the time, in a thread of its own, until `stop`, which gives how long the answers took in milliseconds: those after
 * the warm-up, in which all clients begin at one moment.
 */
export function watchHealth(port) {
  const workerData = { port, warmUp: WARM_UP };
  const worker = new Worker(new URL("health.mjs", import.meta.url), { workerData });
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
