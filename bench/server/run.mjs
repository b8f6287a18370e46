/**
 * What a server adds to the library: photos a second with many clients beside `classify` of the same photos, how long one client
 * waits beside a direct call, how long /healthz takes while photos are sent, and searches of a table beside the library's.
 *
 *   npm run build && node bench/server/run.mjs [--model mini] [--rounds 9] [--seconds 2] [--json file]
 *
 * Clients run in this process, the server in another: on few cores they take a share of them, as they would on one machine. What
 * is compared is measured in turns, and the median of the rounds counts, for machines are not as fast at one time as at another.
 */
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { search } from "../../dist/images/search/search.js";
import { createClassifier, loadModel } from "../../dist/index.js";
import { imageTable } from "../images/table.mjs";
import { writePhotos } from "../preprocess/photos.mjs";
import { argumentsOf, bar, median, round, table, writeResult } from "../result.mjs";
import { load, percentile, startServer, watchHealth } from "./clients.mjs";

const given = argumentsOf(["model", "rounds", "seconds"]);
const { model: id = "mini", rounds = "9", seconds: time = "2", json } = given;
const seconds = Number(time);
const ROWS = 50_000;
const SEARCHERS = 8;
const labels = Array.from({ length: 100 }, (_, at) => `thing ${at}`);
const folder = await mkdtemp(join(tmpdir(), "nearlabel-bench-"));

try {
  const paths = await writePhotos(folder, { count: 48, width: 500, height: 375 });
  const photos = await Promise.all(paths.map((path) => readFile(path)));
  const model = await loadModel(id);
  const place = join(folder, "bench.db");
  const images = await imageTable(place, { rows: ROWS, model });
  const classifier = await createClassifier({ labels, model });
  const server = await startServer([
    ...["--model", `bench=${id}`, "--data", join(folder, "sets"), "--table", `bench=${place}`],
  ]);
  const requestOf = photoRequest(photos);
  const classified = (clients) => load(server.port, { clients, seconds, requestOf });
  const searched = () => load(server.port, { clients: SEARCHERS, seconds, requestOf: searchRequest });
  await load(server.port, { clients: 64, seconds: 1, requestOf });
  const figures = [];
  for (let number = 0; number < Number(rounds); number++) {
    const before = await directRate(classifier, photos);
    const many = await classified(64);
    const direct = (before + (await directRate(classifier, photos))) / 2;
    const health = watchHealth(server.port);
    await classified(64);
    figures.push({
      direct,
      many,
      health: percentile(await health.stop(), 0.99),
      directTime: await directTime(classifier, photos),
      one: await classified(1),
      librarySearches: await searchRate(images, model),
      searches: await searched(),
    });
  }
  const rows = [];
  for (const clients of [1, 8, 64, 256]) {
    const health = watchHealth(server.port);
    const found = await classified(clients);
    rows.push({ clients, ...found, health: percentile(await health.stop(), 0.99) });
  }
  server.process.kill("SIGTERM");
  await once(server.process, "exit");
  await classifier.close();
  await images.close();
  await model.close();
  console.log(`\n${clientsTable(rows)}\n`);
  const bars = barsOf(figures);
  await writeResult(
    { name: `server ${basename(id)}`, bars, figures: { rounds: figures, clients: rows } },
    json,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}

function barsOf(figures) {
  const ratio = (of) => median(figures.map(of));
  const many = ratio(({ many, direct }) => many.rate / direct);
  const one = ratio(({ one, directTime }) => one.p50 / directTime);
  const searches = ratio(({ searches, librarySearches }) => searches.rate / librarySearches);
  const health = ratio(({ health }) => health);
  return [
    bar("64 clients, of classify's photos a second", "at least 0.9", many, "", many >= 0.9),
    bar("one client, of a direct call's time", "at most 1.15", one, "", one <= 1.15),
    bar("/healthz p99 with 64 clients", "under 20 ms", health, "ms", health < 20),
    bar("8 clients, of the library's searches a second", "at least 0.8", searches, "", searches >= 0.8),
  ];
}

function clientsTable(rows) {
  return table(
    ["clients", "photos/s", "p50 ms", "p99 ms", "refused", "/healthz p99 ms"],
    rows.map(({ clients, rate, p50, p99, refused, health }) =>
      [clients, rate, p50, p99, refused, health].map(round),
    ),
  );
}

function photoRequest(photos) {
  const path = `/v1/classify?labels=${encodeURIComponent(labels.join(","))}`;
  const headers = { "content-type": "image/jpeg" };
  return (at) => ({ path, headers, method: "POST", body: photos[at % photos.length] });
}

function searchRequest(at) {
  const headers = { "content-type": "application/json" };
  const body = Buffer.from(JSON.stringify({ query: labels[at % labels.length], all: true }));
  return { path: "/v1/search", headers, method: "POST", body };
}

/** Photos a second of `classify` with many photos. */
async function directRate(classifier, photos) {
  const many = Array.from({ length: 256 }, (_, at) => photos[at % photos.length]);
  await classifier.classify(many.slice(0, 32));
  const started = performance.now();
  await classifier.classify(many);
  return (1000 * many.length) / (performance.now() - started);
}

/** Milliseconds of `classify` with one photo. */
async function directTime(classifier, photos) {
  const times = [];
  for (const photo of photos) {
    const from = performance.now();
    await classifier.classify([photo]);
    times.push(performance.now() - from);
  }
  return percentile(times, 0.5);
}

/** Searches a second of the library, as many at a time as there are clients. */
async function searchRate(images, model) {
  const known = new Map();
  // The server keeps the embeddings of texts too: it is the searches that are compared.
  const remembering = {
    ...model,
    async embedTexts(texts, options) {
      const key = texts.join("\n");
      if (!known.has(key)) known.set(key, await model.embedTexts(texts, options));
      return known.get(key);
    },
  };
  for (const label of labels) await search(images, [label], { model: remembering, limit: 1 });
  const end = performance.now() + seconds * 1000;
  let done = 0;
  const searcher = async (_, number) => {
    for (let at = number; performance.now() < end; at++) {
      await search(images, [labels[at % labels.length]], { model: remembering, all: true });
      done++;
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: SEARCHERS }, searcher));
  return (1000 * done) / (performance.now() - started);
}
