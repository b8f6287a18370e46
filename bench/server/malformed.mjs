// Sends malformed requests to a server that it starts: broken forms, pictures of every format that are cut or have bits flipped, deep
// and huge JSON, wrong types, hostile filters, smuggling, requests that are slow or end early. Fails on a crash, an answer of 500, no answer at
// all, or one that tells of a path or a stack.
//   node bench/server/malformed.mjs [requests=20000] [seed=1]
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { Agent, request as httpRequest } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { ingest, loadModel } from "../../dist/index.js";
import { KINDS } from "./malformed-requests.mjs";

const REQUESTS = Number(process.argv[2] ?? 20_000);
const AT_ONCE = 16;
const root = fileURLToPath(new URL("../..", import.meta.url));
let state = Number(process.argv[3] ?? 1);
/** Mulberry32: the same requests for the same seed. */
const random = () => {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};
const below = (most) => Math.floor(random() * most);
const pick = (items) => items[below(items.length)];

const folder = await mkdtemp(join(tmpdir(), "nearlabel-malformed-"));
const photos = join(folder, "photos.db");
const model = await loadModel("mini");
await ingest(join(root, "samples"), { table: photos, model });
await model.close();
const draw = { below, pick, pictures: await encodings(), routes: [] };
const server = spawn(
  process.execPath,
  [
    "--unhandled-rejections=strict",
    `${root}dist/bundle/nearlabel.js`,
    "serve",
    "--port",
    "0",
    "--log",
    "json",
    "--data",
    join(folder, "sets"),
    "--table",
    `photos=${photos}`,
  ],
  { stdio: ["ignore", "pipe", "pipe"] },
);
let [log, told] = ["", ""];
server.stdout.on("data", (data) => {
  log = (log + data).slice(-4_000_000);
});
server.stderr.on("data", (data) => {
  told += data;
});
const address = await new Promise((resolve, reject) => {
  const timer = setInterval(() => {
    const found = /http:\/\/127\.0\.0\.1:\d+/.exec(told);
    if (found) resolve(found[0]);
    if (server.exitCode !== null) reject(new Error(told));
    if (found || server.exitCode !== null) clearInterval(timer);
  }, 50);
});
const { port } = new URL(address);
draw.routes = await documented();
const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });

const counts = {};
const failures = [];
let sent = 0;
const started = performance.now();
await Promise.all(Array.from({ length: AT_ONCE }, worker));
const health = await fetch(`${address}/healthz`).then(
  ({ status }) => status,
  () => 0,
);
const lives = server.exitCode === null && health === 200;
server.kill("SIGTERM");
const [code] = await once(server, "exit");
await rm(folder, { recursive: true, force: true });
console.log(
  JSON.stringify(
    {
      requests: sent,
      seconds: Math.round((performance.now() - started) / 1000),
      statuses: counts,
      lives,
      exit: code,
      failures: failures.slice(0, 20),
    },
    null,
    1,
  ),
);
if (told.match(/Error|INTERNAL/)) console.log(told.slice(0, 2000));
process.exitCode = lives && failures.length === 0 ? 0 : 1;

async function worker() {
  while (sent < REQUESTS) {
    sent++;
    const [kind, make] = pick(Object.entries(KINDS));
    const made = make(draw);
    const { status, body } = made.raw ? await sendRaw(made.raw, made.end) : await send(made);
    counts[status] = (counts[status] ?? 0) + 1;
    if (status >= 500 && status !== 503)
      failures.push({
        kind,
        status,
        made: describe(made),
        log: log
          .split("\n")
          .filter((line) => line.includes('"level":50'))
          .at(-1)
          ?.slice(0, 1500),
      });
    if (status === 0) failures.push({ kind, status, made: describe(made) });
    const told = [folder, root, "node_modules", "\n    at "].find((secret) => body?.includes(secret));
    if (told) failures.push({ kind, status, told, made: describe(made), body: body.slice(0, 600) });
  }
}

function describe(made) {
  return JSON.stringify({ ...made, body: made.body && String(made.body).slice(0, 300) }).slice(0, 600);
}

function send({ method = "POST", path, headers = {}, body, pieces = 1 }) {
  return new Promise((resolve) => {
    const asked = httpRequest(
      { host: "127.0.0.1", port, method, path, headers, agent, timeout: 60_000 },
      (response) => {
        const status = response.statusCode;
        const parts = [];
        response.on("data", (part) => parts.push(part));
        response.on("end", () => resolve({ status, body: Buffer.concat(parts).toString("latin1") }));
        response.on("error", () => resolve({ status }));
      },
    );
    asked.on("timeout", () => asked.destroy());
    // A body that is too large is answered before it was sent; the connection then ends.
    asked.on("error", ({ code }) =>
      resolve({ status: ["EPIPE", "ECONNRESET"].includes(code) ? "closed" : 0 }),
    );
    const size = body && Math.ceil(body.length / pieces);
    const write = (at) => {
      if (pieces === 1 || at + size >= body.length) return asked.end(body?.subarray?.(at) ?? body);
      asked.write(body.subarray(at, at + size));
      setTimeout(write, 100, at + size);
    };
    write(0);
  });
}

function sendRaw(bytes, end = false) {
  return new Promise((resolve) => {
    const socket = connect(Number(port), "127.0.0.1");
    let answer = "";
    const done = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ status: Number(/^HTTP\/1.1 (\d+)/.exec(answer)?.[1] ?? "NaN") || "closed", body: answer });
    };
    const timer = setTimeout(done, end ? 50 : 1500);
    socket.on("data", (data) => {
      answer += data;
      if (answer.includes("\r\n\r\n")) done();
    });
    socket.on("error", done);
    socket.on("close", done);
    socket.write(bytes);
  });
}

/** All addresses of the server's own document, with a table that is there and names that are not. */
async function documented() {
  const { paths } = await (await fetch(`${address}/openapi.json`)).json();
  const names = { table: "photos", name: "a", id: "0".repeat(64), file: "a" };
  const filled = Object.keys(paths).map((path) =>
    path.replaceAll(/\{([\w*]+)\}/g, (_, name) => names[name] ?? "mini"),
  );
  return [...filled, "/predict", "/v1/tables/none", "/metrics", "/mcp", "/none"];
}

async function encodings() {
  const names = (await readdir(`${root}samples`)).filter((name) => name.endsWith(".png")).slice(0, 3);
  const sources = await Promise.all(names.map((name) => readFile(`${root}samples/${name}`)));
  const formats = ["jpeg", "png", "webp", "gif", "tiff", "avif"];
  const made = sources.flatMap((source) =>
    formats.map((format) => sharp(source).resize(64).toFormat(format).toBuffer()),
  );
  return Promise.all(made);
}
