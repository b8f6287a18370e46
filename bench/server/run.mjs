/**
 * What a server adds to the library: photos a second with many clients beside `classify` of the same photos, how long one client
 * waits beside a direct call, and how long /healthz takes while photos are sent.
 *
 *   npm run build && node bench/server/run.mjs [--model mini] [--photos 512] [--seconds 5] [--json file]
 *
 * Clients run in this process, the server in another: on few cores they take a share of them, as they would on one machine.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createClassifier, loadModel } from "../../dist/index.js";
import { writePhotos } from "../preprocess/photos.mjs";
import { argumentsOf, bar, round, table, writeResult } from "../result.mjs";

const {
  model: id = "mini",
  photos: given = "512",
  seconds: time = "5",
  json,
} = argumentsOf(["model", "photos", "seconds"]);
const labels = Array.from({ length: 100 }, (_, at) => `thing ${at}`);
const folder = await mkdtemp(join(tmpdir(), "nearlabel-bench-"));
const program = fileURLToPath(new URL("../../dist/bundle/nearlabel.js", import.meta.url));

try {
  const paths = await writePhotos(folder, { count: 48, width: 500, height: 375 });
  const photos = await Promise.all(paths.map((path) => readFile(path)));
  const direct = await directFigures(photos);
  const server = spawn(
    process.execPath,
    [
      program,
      "serve",
      "--port",
      "0",
      "--model",
      `bench=${id}`,
      "--data",
      join(folder, "sets"),
      "--log",
      "none",
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const port = await portOf(server);
  await load(port, photos, 4, 1000);
  const rows = [];
  for (const clients of [1, 8, 64, 256])
    rows.push({ clients, ...(await load(port, photos, clients, Number(time) * 1000)) });
  server.kill("SIGTERM");
  await once(server, "exit");
  console.log(
    `\n${table(
      ["clients", "photos/s", "p50 ms", "p99 ms", "refused", "/healthz p99 ms"],
      rows.map(({ clients, rate, p50, p99, refused, health }) =>
        [clients, rate, p50, p99, refused, health].map(round),
      ),
    )}\n`,
  );
  const [one, , many] = rows;
  const bars = [
    bar(
      "64 clients, of classify's photos a second",
      "at least 0.9",
      many.rate / direct.rate,
      "",
      many.rate >= 0.9 * direct.rate,
    ),
    bar(
      "one client, of a direct call's time",
      "at most 1.15",
      one.p50 / direct.one,
      "",
      one.p50 <= 1.15 * direct.one,
    ),
    bar("/healthz p99 with 64 clients", "under 20 ms", many.health, "ms", many.health < 20),
  ];
  await writeResult({ name: `server ${basename(id)}`, bars, figures: { direct, clients: rows } }, json);
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** `classify` of many photos at a time, and of one, in this process. */
async function directFigures(photos) {
  const model = await loadModel(id);
  const classifier = await createClassifier({ labels, model });
  const count = Number(given);
  const many = Array.from({ length: count }, (_, at) => photos[at % photos.length]);
  await classifier.classify(many.slice(0, 64));
  const started = performance.now();
  await classifier.classify(many);
  const rate = (1000 * count) / (performance.now() - started);
  const times = [];
  for (let at = 0; at < 60; at++) {
    const from = performance.now();
    await classifier.classify([photos[at % photos.length]]);
    times.push(performance.now() - from);
  }
  await classifier.close();
  await model.close();
  return { rate, one: percentile(times, 0.5) };
}

async function portOf(server) {
  let told = "";
  for await (const data of server.stderr) {
    told += data;
    const found = /127\.0\.0\.1:(\d+)/.exec(told);
    if (found) return Number(found[1]);
  }
  throw new Error(told);
}

/** `clients` clients, each with one photo after the other, while somebody asks /healthz ten times a second. */
async function load(port, photos, clients, duration) {
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  const path = `/v1/classify?labels=${encodeURIComponent(labels.join(","))}`;
  const headers = { "content-type": "image/jpeg" };
  const [times, healths] = [[], []];
  let refused = 0;
  const end = performance.now() + duration;
  const client = async (_, number) => {
    for (let at = number; performance.now() < end; at++) {
      const from = performance.now();
      const status = await ask({ port, path, headers, method: "POST", agent }, photos[at % photos.length]);
      if (status === 200) times.push(performance.now() - from);
      else refused++;
    }
  };
  const health = async () => {
    while (performance.now() < end) {
      const from = performance.now();
      await ask({ port, path: "/healthz", agent });
      healths.push(performance.now() - from);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const started = performance.now();
  await Promise.all([health(), ...Array.from({ length: clients }, client)]);
  const rate = (1000 * times.length) / (performance.now() - started);
  agent.destroy();
  return {
    rate,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    refused,
    health: percentile(healths, 0.99),
  };
}

function ask(options, body) {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", ...options }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode));
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

function percentile(times, share) {
  return (
    times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(share * times.length))] ??
    Number.NaN
  );
}
