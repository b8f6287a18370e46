import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type Client, createClient, type PictureResult, ServerError } from "../../src/client/index.js";
import { labelTable } from "../../src/images/label/label-table.js";
import { classify } from "../../src/index.js";
import { sevenDigits } from "../../src/math/digits.js";
import { createExplainer } from "../../src/server/explain/explainer.js";
import { openLabelSets } from "../../src/server/label-sets/label-set-folder.js";
import { createTableRanker } from "../../src/server/ranking/table-ranker.js";
import { listeningAt, mini, sample, serverWith } from "./harness.js";
import { photosTable } from "./photos.js";

const folder = await mkdtemp(join(tmpdir(), "nearlabel-client-"));
const closing: (() => unknown)[] = [() => rm(folder, { recursive: true })];
afterAll(async () => {
  for (const close of closing) await close();
});

const { table } = await photosTable();
await labelTable(table, { model: mini, labels: ["bus", "animal"], save: "things" });
const explainer = createExplainer("mini");
closing.push(() => explainer.close());
const ranker = createTableRanker(table.place);
closing.push(() => ranker.close());
const app = await serverWith({
  labelSets: await openLabelSets(folder),
  tables: new Map([["photos", table]]),
  rankers: new Map([["photos", ranker]]),
  explainers: new Map([["mini", explainer]]),
});
const client = createClient(`${await listeningAt(app)}/`);
const [bus, cup] = await Promise.all([sample("bus"), sample("cup")]);
const labels = ["bus", "tea, hot", "snail"];

/** A server that is none of ours. */
async function otherServer(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  closing.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  await new Promise((resolve) => server.once("listening", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const refusal = async (promise: Promise<unknown>) => {
  const error = await promise.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ServerError);
  const { code, status, message, requestId } = error as ServerError;
  return { code, status, message, requestId };
};

describe("classify", () => {
  it("finds what the library finds, with every option", async () => {
    const options = { labels, templates: ["a drawing of a {}"], topK: 2, minSimilarity: -1 } as const;
    const expected = await classify([bus, cup], { model: mini, ...options });
    const found = await client.classify([bus, new File([new Uint8Array(cup)], "cup.png")], options);
    expect(found.map(({ id, index }) => [index, id])).toEqual([
      [0, "0"],
      [1, "cup.png"],
    ]);
    for (const [at, { predictions }] of found.entries()) {
      expect(predictions).toEqual(
        expected[at]!.predictions!.map((each) => ({
          ...each,
          score: sevenDigits(each.score),
          similarity: sevenDigits(each.similarity),
          distance: sevenDigits(each.distance),
          logit: sevenDigits(each.logit),
        })),
      );
    }
    const [alone] = await client.classify([{ name: "mine", data: bus }], {
      labels: [{ label: "bus", prompts: ["a bus"] }, "cup"],
      multiLabel: true,
      minScore: 0,
      temperature: 1,
      reject: { method: "similarity", threshold: 0.99 },
    });
    expect(alone).toMatchObject({ id: "mine", unknown: { method: "similarity", threshold: 0.99 } });
  });

  it("gives results as they come, and an error for a picture that cannot be read", async () => {
    const results: PictureResult[] = [];
    for await (const result of client.classifyEach([bus, bus.subarray(0, 900), cup], { labels })) {
      results.push(result);
    }
    results.sort((a, b) => a.index - b.index);
    expect(results.map(({ predictions }) => predictions?.[0]?.label)).toEqual(["bus", undefined, "tea, hot"]);
    expect(results[1]!.error?.code).toBe("IMAGE_CORRUPT");
  });

  it("rejects with the reason of its signal", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(client.classify([bus], { labels, signal })).rejects.toThrow("enough");
  });
});

describe("label sets", () => {
  it("are made, changed under a condition, read as they were, and taken away", async () => {
    const { labelSets } = client;
    const content = { labels: ["cat", { label: "dog", parent: "animal" }], templates: ["a {}"] };
    const first = await labelSets.put("pets", content, { expected: 0 });
    expect(first).toMatchObject({ name: "pets", version: 1, templates: ["a {}"] });
    expect(await refusal(labelSets.put("pets", { labels: ["a"] }, { expected: 0 }))).toMatchObject({
      code: "LABEL_SET_CHANGED",
    });
    await labelSets.put("pets", { labels: ["cat"] }, { expected: 1 });
    expect(await labelSets.list()).toMatchObject([{ name: "pets", version: 2, labels: 1 }]);
    expect(await labelSets.get("pets", { version: 1 })).toEqual(first);
    const [found] = await client.classify([bus], { labelSet: "pets@1" });
    expect(found!.predictions!.map(({ label }) => label).sort()).toEqual(["cat", "dog"]);
    await labelSets.delete("pets", { expected: 2 });
    expect(await labelSets.list()).toEqual([]);
    expect((await labelSets.versions("pets")).map(({ deleted = false }) => deleted)).toEqual([
      false,
      false,
      true,
    ]);
  });
});

describe("tables", () => {
  it("are told with their pictures and how many have each label", async () => {
    const { tables } = client;
    expect(await tables.list()).toEqual([await tables.get("photos")]);
    expect(await tables.get("photos")).toMatchObject({
      name: "photos",
      count: 25,
      model: "mini",
      dimension: 256,
    });
    const [image] = await tables.images("photos", { where: "name = 'bus.png'", limit: 2 });
    expect(image).toMatchObject({ name: "bus.png", width: 384, height: 288, taken: null });
    expect(Buffer.from(await (await tables.image("photos", image!.id)).arrayBuffer())).toEqual(bus);
    const thumbnail = await tables.thumbnail("photos", image!.id, { side: 32 });
    const shown = await fetch(tables.thumbnailAddress("photos", image!.id, 32));
    expect([thumbnail.type, Buffer.from(await thumbnail.arrayBuffer())]).toEqual([
      "image/jpeg",
      Buffer.from(await shown.arrayBuffer()),
    ]);
    const counts = await tables.labelCounts("photos");
    expect(counts).toMatchObject({
      pictures: 25,
      unlabelled: 0,
      labelSets: [{ label: "things@1", count: 25 }],
    });
    const [most] = counts.counts;
    expect(await tables.labelCounts("photos", { where: `label = '${most!.label}'` })).toMatchObject({
      pictures: most!.count,
      counts: [most],
    });
    expect(await refusal(tables.get("videos"))).toMatchObject({ code: "TABLE_NOT_FOUND", status: 404 });
  });
});

it("searches by words, pictures and pictures of the table, with weights", async () => {
  const words = await client.search("a bus", { limit: 1 });
  expect(words).toMatchObject({ table: "photos", results: [{ rank: 1, image: { name: "bus.png" } }] });
  const { id } = words.results[0]!.image;
  const image = new Blob([new Uint8Array(bus)]);
  const own = await client.search([{ image }, { text: "a cup", weight: -0.5 }], { limit: 3 });
  const stored = await client.search([{ id }, { text: "a cup", weight: -0.5 }], { limit: 3 });
  expect(own.results).toEqual(stored.results);
  const page = await client.search([{ id }], { limit: 2, offset: 1, version: words.version });
  expect(page.results.map(({ rank }) => rank)).toEqual([2, 3]);
  expect(page.more).toBe(true);
  expect(await refusal(client.search("a bus", { where: "width >" }))).toMatchObject({
    code: "TABLE_FILTER_INVALID",
    status: 400,
  });
});

it("ranks all pictures of a table by labels", async () => {
  const { version, ids } = await client.tables.ids("photos");
  const ranking = await client.tables.rank("photos", { labels: ["a bus", "a snail"], about: "a bus" });
  expect(ranking.version).toBe(version);
  expect(ids).toHaveLength(25);
  expect([ranking.best.length, ranking.scores.length, ranking.similarities!.length]).toEqual([25, 25, 25]);
  const { id } = (await client.search("a bus", { limit: 1 })).results[0]!.image;
  const [found] = await client.classify([bus], { labels: ["a bus", "a snail"] });
  expect(ranking.labels[ranking.best[ids.indexOf(id)]!]!.label).toBe("a bus");
  expect(ranking.scores[ids.indexOf(id)]).toBeCloseTo(found!.predictions![0]!.score, 5);
  expect(ranking.labels.map(({ count }) => count).reduce((sum, each) => sum + each)).toBe(25);
});

it("explains a picture", async () => {
  const explanation = await client.explain(bus, { labels: ["bus", "cup"] });
  expect(explanation).toMatchObject({ labels: [{ label: "bus" }, { label: "cup" }], model: { id: "mini" } });
});

it("tells its models", async () => {
  expect(await client.models()).toMatchObject([{ id: "mini", dimension: 256 }]);
});

describe("errors", () => {
  it("have the code of the server and the id of the request", async () => {
    expect(await refusal(client.classify([bus], { labels: [] }))).toEqual({
      code: "LABELS_EMPTY",
      status: 400,
      message: "labels: expected at least one label, got none.",
      requestId: expect.stringMatching(/^[\da-f-]{36}$/),
    });
    expect(await refusal(client.labelSets.get("../keys"))).toMatchObject({
      code: "REQUEST_INVALID",
      status: 400,
    });
  });

  it("say that nothing answers, or something else", async () => {
    const nobody = createClient("http://127.0.0.1:9");
    expect(await refusal(nobody.models())).toMatchObject({ code: "SERVER_UNREACHABLE", status: 0 });
    const proxy = createClient(
      await otherServer((_, answer) => answer.writeHead(502).end("<html>Bad Gateway")),
    );
    expect(await refusal(proxy.models())).toMatchObject({ code: "SERVER_RESPONSE_INVALID", status: 502 });
    const page = createClient(await otherServer((_, answer) => answer.end("<html>")));
    expect(await refusal(page.models())).toMatchObject({ code: "SERVER_RESPONSE_INVALID", status: 200 });
  });

  it("say that a stream was cut off, or ended by an error", async () => {
    const first = JSON.stringify({ index: 0, id: "0", error: { code: "IMAGE_EMPTY", message: "…" } });
    const problem = { code: "SERVER_TIMEOUT", detail: "Not done within 30 s.", status: 503 };
    for (const [rest, code] of [
      ["", "SERVER_RESPONSE_INVALID"],
      ['{"index"', "SERVER_RESPONSE_INVALID"],
      [JSON.stringify({ error: problem }), "SERVER_TIMEOUT"],
    ] as const) {
      const other = createClient(await otherServer((_, answer) => answer.end(`${first}\n${rest}`)));
      const indexes: number[] = [];
      const all = (async () => {
        for await (const { index } of other.classifyEach([bus, cup], { labels })) indexes.push(index);
      })();
      expect([(await refusal(all)).code, indexes]).toEqual([code, [0]]);
    }
  });

  it("say that the body was cut off, or are the reason of the signal that cut it", async () => {
    const half = await otherServer((request, answer) => {
      answer.writeHead(request.url!.includes("label-sets") ? 403 : 200).write('{"data": [');
      if (request.headers.authorization) setTimeout(() => answer.destroy(), 20);
    });
    const calls = ({ models, classifyEach, tables, labelSets }: Client, signal?: AbortSignal) => [
      models({ signal }),
      classifyEach([bus], { labels, signal }).next(),
      tables.ids("photos", { signal }),
      tables.image("photos", "a", { signal }),
      labelSets.list({ signal }),
    ];
    const broken = await Promise.all(calls(createClient(half, { key: "any" })).map(refusal));
    expect(broken.map(({ code }) => code)).toEqual(Array(5).fill("SERVER_RESPONSE_INVALID"));
    const reason = new Error("enough");
    const stop = new AbortController();
    const given = calls(createClient(half), stop.signal).map((call) => call.catch((error: unknown) => error));
    setTimeout(() => stop.abort(reason), 50);
    for (const error of await Promise.all(given)) expect(error).toBe(reason);
  });

  it("come only after the server was asked again, where it was too busy", async () => {
    let asked = 0;
    const address = await otherServer((_, answer) => {
      asked++;
      if (asked % 3 === 0) return answer.end(JSON.stringify({ data: [] }));
      const problem = { code: "SERVER_BUSY", detail: "Too much." };
      return answer.writeHead(429, { "retry-after": "0" }).end(JSON.stringify(problem));
    });
    expect([await createClient(address).models(), asked]).toEqual([[], 3]);
    expect((await refusal(createClient(address, { retries: 1 }).models())).code).toBe("SERVER_BUSY");
    expect(asked).toBe(5);
  });
});

it("sends a form again byte for byte, where the server was too busy", async () => {
  const sent: [string | undefined, Buffer][] = [];
  const address = await otherServer(async (request, answer) => {
    sent.push([request.headers["content-type"], Buffer.concat(await request.toArray())]);
    if (sent.length === 1) return answer.writeHead(429, { "retry-after": "0" }).end("{}");
    return answer.end(JSON.stringify({ results: [] }));
  });
  await createClient(address).classify([bus], { labels });
  expect(sent[0]![1].includes(bus)).toBe(true);
  expect(sent[1]).toEqual(sent[0]);
});

it("leaves nothing behind of a form that was given up or refused, which would end the process", async () => {
  const left: unknown[] = [];
  const note = (reason: unknown) => left.push(reason);
  process.prependListener("unhandledRejection", note);
  closing.push(() => process.off("unhandledRejection", note));
  const silent = createClient(await otherServer(() => {}));
  const big = new Uint8Array(4e6);
  for (const signal of [AbortSignal.abort(), AbortSignal.timeout(1), AbortSignal.timeout(30)]) {
    const thrown = await silent.classify([big, bus], { labels, signal }).catch((error: unknown) => error);
    expect(thrown).toBe(signal.reason);
  }
  const full = createClient(
    await otherServer((_, answer) => answer.writeHead(413, { connection: "close" }).end("{}")),
  );
  const { code } = await refusal(full.classify([big, bus], { labels }));
  expect(["SERVER_RESPONSE_INVALID", "SERVER_UNREACHABLE"]).toContain(code);
  await new Promise((resolve) => setImmediate(resolve));
  expect(left).toEqual([]);
});

it("sends its key, through another fetch where one is given", async () => {
  const sent: unknown[] = [];
  const own: typeof fetch = async (url, init) => {
    sent.push([url, new Headers(init?.headers).get("authorization")]);
    return Response.json({ data: [] });
  };
  await createClient("https://pictures.example/api/", { key: "s3cret", fetch: own }).models();
  expect(sent).toEqual([["https://pictures.example/api/v1/models", "Bearer s3cret"]]);
});
