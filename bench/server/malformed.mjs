// Sends malformed requests to a server that it starts: broken forms, pictures of every format that are cut or have bits flipped, deep
// and huge JSON, wrong types, smuggling, requests that end early. Fails on a crash, an answer of 500, or no answer at all.
//   node bench/server/malformed.mjs [requests=20000] [seed=1]
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { Agent, request as httpRequest } from "node:http";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import sharp from "sharp";

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

const pictures = await encodings();
const routes = [
  "/v1/classify",
  "/v1/explain",
  "/v1/search",
  "/v1/embeddings",
  "/hf/mini",
  "/embed",
  "/predict",
  "/v1/label-sets/a",
  "/v1/tables/none",
  "/v1/models",
  "/metrics",
  "/none",
];
const values = [
  null,
  true,
  -1,
  0,
  1e308,
  1e-320,
  "",
  "a",
  "\u0000",
  "\ud800",
  "x".repeat(5000),
  [],
  {},
  [[]],
  [null],
  { a: 1 },
  "__proto__",
];
const kinds = {
  formOf,
  pictureBytes,
  brokenPictureInJson,
  wrongTypes,
  deepJson,
  brokenJson,
  strayHeaders,
  rawBytes,
  endsEarly,
  queries,
};

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
    `/tmp/nearlabel-malformed-${process.pid}`,
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
    const [kind, make] = pick(Object.entries(kinds));
    const made = make();
    const status = made.raw ? await sendRaw(made.raw, made.end) : await send(made);
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
  }
}

function describe(made) {
  return JSON.stringify({ ...made, body: made.body && String(made.body).slice(0, 300) }).slice(0, 600);
}

function send({ method = "POST", path, headers = {}, body }) {
  return new Promise((resolve) => {
    const asked = httpRequest(
      { host: "127.0.0.1", port, method, path, headers, agent, timeout: 60_000 },
      (response) => {
        response.resume();
        response.on("end", () => resolve(response.statusCode));
        response.on("error", () => resolve(response.statusCode));
      },
    );
    asked.on("timeout", () => asked.destroy());
    // A body that is too large is answered before it was sent; the connection then ends.
    asked.on("error", (error) => resolve(["EPIPE", "ECONNRESET"].includes(error.code) ? "closed" : 0));
    asked.end(body);
  });
}

function sendRaw(bytes, end = false) {
  return new Promise((resolve) => {
    const socket = connect(Number(port), "127.0.0.1");
    let answer = "";
    const done = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(Number(/^HTTP\/1.1 (\d+)/.exec(answer)?.[1] ?? "NaN") || "closed");
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

async function encodings() {
  const names = (await readdir(`${root}samples`)).filter((name) => name.endsWith(".png")).slice(0, 3);
  const sources = await Promise.all(names.map((name) => readFile(`${root}samples/${name}`)));
  const formats = ["jpeg", "png", "webp", "gif", "tiff", "avif"];
  const made = sources.flatMap((source) =>
    formats.map((format) => sharp(source).resize(64).toFormat(format).toBuffer()),
  );
  return Promise.all(made);
}

function broken() {
  const bytes = Buffer.from(pick(pictures));
  const how = below(4);
  if (how === 0) return bytes.subarray(0, below(bytes.length));
  if (how === 1)
    for (let flips = 1 + below(20); flips > 0; flips--) bytes[below(bytes.length)] ^= 1 << below(8);
  if (how === 2) bytes.fill(below(256), below(bytes.length));
  return bytes;
}

function formOf() {
  const boundary = pick(["x", "----abc", "a b", "", "é", "x".repeat(80)]);
  const parts = Array.from({ length: below(4) }, () => {
    const head = pick([
      'form-data; name="image"; filename="a.png"',
      'form-data; name="labels"',
      "form-data",
      'form-data; name="__proto__"',
      'attachment; filename="../../etc/passwd"',
      'form-data; name="topK"',
      'form-data; name="entries"',
    ]);
    const body = pick([
      broken(),
      Buffer.from("a,b"),
      Buffer.from('{"clip":{"visual":{"modelName":"x"}}}'),
      Buffer.alloc(0),
    ]);
    return Buffer.concat([
      Buffer.from(
        `--${boundary}\r\nContent-Disposition: ${head}\r\n${pick(["", "Content-Type: image/png\r\n", "broken"])}\r\n`,
      ),
      body,
      Buffer.from("\r\n"),
    ]);
  });
  const body = Buffer.concat([...parts, Buffer.from(pick([`--${boundary}--\r\n`, `--${boundary}`, ""]))]);
  return {
    path: pick(routes),
    headers: { "content-type": `multipart/form-data; boundary=${encodeURI(boundary)}` },
    body,
  };
}

function pictureBytes() {
  const type = pick([
    "image/png",
    "image/jpeg",
    "application/octet-stream",
    "image/x",
    "text/plain",
    "image/png; charset=x",
  ]);
  return { path: `${pick(routes)}?labels=a,b`, headers: { "content-type": type }, body: broken() };
}

function brokenPictureInJson() {
  const data = broken().toString("base64");
  const image = pick([
    data,
    `data:image/png;base64,${data}`,
    `data:image/png,${data}`,
    `data:;base64,${data}`,
    data.slice(0, -1),
    `http://127.0.0.1/${below(9)}`,
  ]);
  return json(
    pick([
      { labels: ["a", "b"], images: [image] },
      { labels: ["a"], images: [{ name: "../x", data: image }] },
      { model: "mini", input: image },
      { model: "mini", input: [{ image }] },
      { inputs: image, parameters: { candidate_labels: ["a", "b"] } },
      { table: "none", query: [{ image }] },
    ]),
  );
}

function wrongTypes() {
  const fields = [
    "labels",
    "images",
    "topK",
    "minScore",
    "model",
    "templates",
    "reject",
    "input",
    "inputs",
    "parameters",
    "table",
    "query",
    "where",
    "labelSet",
    "temperature",
    "encoding_format",
    "messages",
  ];
  const body = { labels: ["a", "b"], images: [pick(pictures).toString("base64")] };
  for (let count = 1 + below(4); count > 0; count--) body[pick(fields)] = pick(values);
  return json(body, pick(["POST", "POST", "PUT"]));
}

function deepJson() {
  const depth = pick([100, 5000, 100_000]);
  return {
    path: pick(routes),
    headers: { "content-type": "application/json" },
    body: pick([
      `{"labels":${"[".repeat(depth)}${"]".repeat(depth)}}`,
      `{"images":${'{"a":'.repeat(depth)}1${"}".repeat(depth)}}`,
      `[${"0,".repeat(depth)}0]`,
      `{"labels":[${'"a",'.repeat(depth)}"b"],"images":["AAAA"]}`,
    ]),
  };
}

function brokenJson() {
  return {
    path: pick(routes),
    headers: { "content-type": "application/json" },
    body: pick([
      "",
      "{",
      "NaN",
      '{"topK":NaN}',
      '{"a":1}}',
      '{"__proto__":{"x":1}}',
      '{"constructor":{"prototype":1}}',
      "\ufeff{}",
      "null",
      "1",
      '"text"',
      Buffer.from([0xff, 0xfe, 0x7b]),
    ]),
  };
}

function strayHeaders() {
  const name = pick([
    "accept",
    "if-match",
    "authorization",
    "origin",
    "host",
    "content-type",
    "expect",
    "range",
    "x-api-key",
  ]);
  return {
    method: pick(["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"]),
    path: pick(routes),
    headers: {
      [name]: pick([
        "",
        "x".repeat(2000),
        "text/event-stream",
        '"9"',
        "Bearer x",
        "null",
        "a, b;q=x",
        "application/x-ndjson",
      ]),
    },
    body: undefined,
  };
}

function rawBytes() {
  const head = pick([
    "GET /healthz HTTP/1.1\r\nHost: localhost\r\n",
    "POST /v1/classify HTTP/1.1\r\nHost: localhost\r\n",
    "GET http://x/ HTTP/1.1\r\nHost: localhost\r\n",
    "GET /%ff%c0 HTTP/1.1\r\nHost: localhost\r\n",
    "\u0000\u0001\u0002",
    "POST /v1/classify HTTP/9.9\r\n",
  ]);
  return {
    raw:
      head +
      pick([
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Content-Length: -1\r\n\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n",
        `X: ${"a".repeat(20_000)}\r\n\r\n`,
        "Header without colon\r\n\r\n",
        "X:\u0001\r\n\r\n",
        "\r\n\r\n",
      ]),
  };
}

function endsEarly() {
  const body = JSON.stringify({ labels: ["a"], images: [pick(pictures).toString("base64")] });
  return {
    raw: `POST ${pick(routes)} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, below(body.length + 1))}`,
    end: true,
  };
}

function queries() {
  const query = pick([
    "?where=1=1)",
    "?limit=-1",
    "?limit=1e9",
    "?version=NaN",
    "?labels[]=a",
    "?labels=a&labels=b&topK=zz",
    `?a=${"x".repeat(5000)}`,
    "?%",
    "?__proto__[x]=1",
  ]);
  return {
    method: pick(["GET", "POST"]),
    path: pick(routes) + query,
    headers: { "content-type": "image/png" },
    body: broken(),
  };
}

function json(body, method = "POST") {
  return {
    method,
    path: pick(routes),
    headers: {
      "content-type": pick([
        "application/json",
        "application/json; charset=utf-8",
        "application/vnd.x+json",
        "text/json",
      ]),
    },
    body: JSON.stringify(body),
  };
}
