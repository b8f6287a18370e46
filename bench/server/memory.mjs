/**
 * Whether the server's memory grows under load, and whether a request is lost: clients send photos for some minutes.
 *
 *   npm run build && node bench/server/memory.mjs [--model mini] [--minutes 30] [--clients 16] [--json file]
 *
 * Linux only: resident memory is read from /proc. What V8 and ONNX Runtime take at first, in the first fifth, does not count.
 */
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { writePhotos } from "../preprocess/photos.mjs";
import { argumentsOf, bar, median, writeResult } from "../result.mjs";
import { load, startServer } from "./clients.mjs";

const {
  model: id = "mini",
  minutes = "30",
  clients = "16",
  json,
} = argumentsOf(["model", "minutes", "clients"]);
const seconds = Number(minutes) * 60;
const folder = await mkdtemp(join(tmpdir(), "nearlabel-bench-"));

try {
  const paths = await writePhotos(folder, { count: 48, width: 500, height: 375 });
  const photos = await Promise.all(paths.map((path) => readFile(path)));
  const server = await startServer(["--model", `bench=${id}`, "--data", join(folder, "sets")]);
  const megabytes = [];
  const timer = setInterval(async () => megabytes.push(await resident(server.process.pid)), 1000);
  const headers = { "content-type": "image/jpeg" };
  const path = "/v1/classify?labels=bus,cup,dog";
  const requestOf = (at) => ({ path, headers, method: "POST", body: photos[at % photos.length] });
  const { rate, refused } = await load(server.port, { clients: Number(clients), seconds, requestOf });
  clearInterval(timer);
  server.process.kill("SIGTERM");
  await once(server.process, "exit");
  // Medians of a fifth each: a collection of garbage moves single readings by tens of megabytes.
  const fifth = Math.ceil(megabytes.length / 5);
  const grown = median(megabytes.slice(-fifth)) - median(megabytes.slice(fifth, 2 * fifth));
  const bars = [
    bar(`resident memory over ${minutes} minutes`, "grows by less than 50 MB", grown, "MB", grown < 50),
    bar("requests without an answer", "0", refused, "", refused === 0),
  ];
  await writeResult({ name: `server memory ${basename(id)}`, bars, figures: { rate, megabytes } }, json);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function resident(pid) {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024;
}
