import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { search } from "../../src/images/search/search.js";
import { classify, ingest, openImageTable } from "../../src/index.js";
import { matrixOf } from "../../src/math/matrix.js";
import { createExplainer } from "../../src/server/explain/explainer.js";
import { createRanker } from "../../src/server/ranking/ranking.js";
import { createTableRanker } from "../../src/server/ranking/table-ranker.js";
import { form, listeningAt, mini, sample, serverWith } from "./harness.js";

const folder = await mkdtemp(join(tmpdir(), "nearlabel-tables-"));
const names = ["bus", "cup", "elephant"];
for (const name of names) await writeFile(join(folder, `${name}.png`), await sample(name));
const place = join(folder, "photos.db");
await ingest(folder, { table: place, model: mini });
const table = await openImageTable(place);
const explainer = createExplainer("mini");
const ranker = createTableRanker(place);
afterAll(async () => {
  await table.close();
  await explainer.close();
  await ranker.close();
  await rm(folder, { recursive: true });
});
const app = await serverWith({
  tables: new Map([["photos", table]]),
  explainers: new Map([["mini", explainer]]),
  rankers: new Map([["photos", ranker]]),
});
const idOf = async (name: string) =>
  createHash("sha256")
    .update(await sample(name))
    .digest("hex");

describe("filters of strangers", () => {
  const routes = ["images", "label-counts", "ids", "suspects", "duplicates"];
  const ask = async (where: string) => {
    const answers = [
      await app.inject({ method: "POST", url: "/v1/search", payload: { query: "a bus", where } }),
    ];
    for (const route of routes) {
      answers.push(await app.inject({ url: `/v1/tables/photos/${route}`, query: { where } }));
    }
    return answers;
  };

  it("are refused where they could end the server, fill its memory or keep it at work", async () => {
    const sum = `width > ${"1+".repeat(900)}1`;
    for (const [where, message] of [
      [sum, /at most 200 words and signs/],
      [`${"(".repeat(17)}width > 1${")".repeat(17)}`, /brackets no deeper than 16/],
      ["length(repeat('x', 2000000000)) > 0", /call no function but/],
      ["array_length(range(0, 2000000000)) > 0", /call no function but/],
      ['"repeat"(name, 9) = name', /call no function but/],
      // Where it is read otherwise than it is here, a function could hide in what looks like a text.
      ["width > 1 -- '\n or length(repeat('x', 9)) > '", /plain condition: it is not at character 11/],
      ["width > 1 /* ' */ or length(repeat('x', 9)) > 1 /* ' */", /not at character 11/],
      ["label = E'\\' or length(repeat('x', 9)) > 1 or label = '", /not at character 9/],
      ["label = $$ ' $$ or width = 1", /not at character 9/],
      ["label = 'a", /not at character 9/],
    ] as const) {
      for (const answer of await ask(where)) {
        expect([where, answer.statusCode, answer.json().code]).toEqual([where, 400, "REQUEST_INVALID"]);
        expect(answer.json().detail).toMatch(message);
      }
    }
  });

  it("know no more of pictures than answers tell: no path can be guessed", async () => {
    for (const where of [
      `path like '${folder}%'`,
      "`path` > 'a'",
      "\"path\" > 'a'",
      "PATH > 'a'",
      "starts_with(path, '/tmp')",
      "images.path > 'a'",
      "checksum = '00000000'",
      "embedder > ''",
      "array_length(vector) > 0",
      "_rowid > 0",
    ]) {
      for (const answer of await ask(where)) {
        expect([where, answer.statusCode, answer.json().code]).toEqual([where, 400, "REQUEST_INVALID"]);
        expect(answer.json().detail).toMatch(/must compare what is told of pictures, not "\w+"/);
      }
    }
    const answer = await app.inject({
      url: "/v1/tables/photos/images",
      query: { where: "name = 'bus.png' and label is null" },
    });
    expect(answer.json().data).toMatchObject([{ name: "bus.png" }]);
    expect(answer.json().data).toHaveLength(1);
  });

  it("may compare, and call what gives no more than it is given", async () => {
    for (const where of [
      "width > 10 and (height between 1 and 9000 or camera is not null)",
      "label in ('it''s', 'x') or label is null",
      `width not in (${Array.from({ length: 300 }, (_, at) => at + 3000).join(", ")})`,
      "modified > '2020-01-01' and not (width * 2 - 1) / 2.5e0 = 7 % 3",
      "lower(name) like '%.png' and `width` > 0",
      "cast(width as bigint) > -1",
    ]) {
      const answer = await app.inject({ url: "/v1/tables/photos/images", query: { where } });
      expect([where, answer.json().detail ?? answer.json().data.length]).toEqual([where, 3]);
    }
  });

  it("are told of where a row does not suit them, and not what stands in it", async () => {
    for (const [where, detail] of [
      ["width / 0 > 1", "The filter cannot be applied to some row: Divide by zero error."],
      [
        "cast(name as int) > 1",
        "The filter cannot be applied to some row: Cast error: Cannot cast string '…' to value of Int32 type.",
      ],
    ]) {
      const answer = await app.inject({ url: "/v1/tables/photos/images", query: { where: where! } });
      expect([answer.statusCode, answer.json().code, answer.json().detail]).toEqual([
        400,
        "TABLE_FILTER_INVALID",
        detail,
      ]);
    }
  });
});

describe("/v1/tables", () => {
  it("lists tables and their pictures, by name and id, without their places", async () => {
    const list = await app.inject("/v1/tables");
    expect(list.json().data).toMatchObject([
      { name: "photos", count: 3, model: "mini", dimension: 256, failures: 0 },
    ]);
    const images = await app.inject("/v1/tables/photos/images?where=width > 10&limit=10");
    expect(
      images
        .json()
        .data.map(({ name }: { name: string }) => name)
        .sort(),
    ).toEqual(names.map((name) => `${name}.png`));
    expect(images.json().data[0]).toMatchObject({
      id: expect.stringMatching(/^[\da-f]{64}$/),
      width: expect.any(Number),
      label: null,
    });
    expect(images.body + list.body).not.toContain(folder);
    expect((await app.inject("/v1/tables/photos/images?limit=2&offset=2")).json().data).toHaveLength(1);
  });

  it("give a picture's file and a small JPEG of it by its id", async () => {
    const id = await idOf("bus");
    const content = await app.inject(`/v1/tables/photos/images/${id}/content`);
    expect(content.rawPayload).toEqual(await sample("bus"));
    const small = await app.inject(`/v1/tables/photos/images/${id}/thumbnail?side=32`);
    expect([small.headers["content-type"], small.rawPayload.subarray(0, 2).toString("hex")]).toEqual([
      "image/jpeg",
      "ffd8",
    ]);
    expect(small.headers["cache-control"]).toContain("immutable");
  });

  it("say what is wrong, and nothing of where they lie", async () => {
    const ask = async (url: string) => {
      const answer = await app.inject(url);
      expect(answer.body).not.toContain(folder);
      return [answer.statusCode, answer.json().code];
    };
    expect(await ask("/v1/tables/none")).toEqual([404, "TABLE_NOT_FOUND"]);
    expect(await ask("/v1/tables/photos/images?where=nonsense = 1")).toEqual([400, "TABLE_FILTER_INVALID"]);
    expect(await ask("/v1/tables/photos/images?where=1=1); drop table images; --")).toEqual([
      400,
      "REQUEST_INVALID",
    ]);
    expect(await ask(`/v1/tables/photos/images/${"0".repeat(64)}/content`)).toEqual([404, "IMAGE_NOT_FOUND"]);
    expect(await ask("/v1/tables/photos/images/..%2F..%2Fetc%2Fpasswd/content")).toEqual([
      400,
      "REQUEST_INVALID",
    ]);
    await writeFile(join(folder, "cup.png"), "changed");
    expect(await ask(`/v1/tables/photos/images/${await idOf("cup")}/content`)).toEqual([
      404,
      "IMAGE_NOT_FOUND",
    ]);
  });
});

it("explains a picture step by step", async () => {
  const images = [(await sample("bus")).toString("base64")];
  const answer = await app.inject({
    method: "POST",
    url: "/v1/explain",
    payload: { labels: ["bus", "cup"], images },
  });
  const told = answer.json();
  expect(told.predictions[0].label).toBe("bus");
  expect(told).toMatchObject({
    model: { id: "mini" },
    templates: ["a photo of a {}"],
    prompts: [{ text: "a photo of a bus" }, {}],
  });
  const cut = await app.inject({
    method: "POST",
    url: "/v1/explain",
    payload: { labels: ["a"], images: ["AAAA"] },
  });
  expect([cut.statusCode, cut.json().code]).toEqual([415, "IMAGE_UNSUPPORTED"]);
});

describe("POST /v1/search", () => {
  const ask = async (payload: object) => app.inject({ method: "POST", url: "/v1/search", payload });

  it("finds pictures by words, and says where nothing looks like them", async () => {
    const found = await ask({ query: "a bus", all: true, limit: 2 });
    expect(found.json()).toMatchObject({
      table: "photos",
      more: true,
      results: [{ rank: 1, image: { name: "bus.png" } }, { rank: 2 }],
    });
    const { results } = await search(table, "a bus", { model: mini, all: true });
    expect(found.json().results[0].similarity).toBeCloseTo(results[0]!.similarity, 5);
    expect(found.body).not.toContain(folder);
    const nothing = (await ask({ query: "an armadillo" })).json();
    const nearest = (await ask({ query: "an armadillo", all: true, limit: 3 })).json().results;
    expect(nothing).toMatchObject({ relevance: { absent: true }, results: [], nearest });
  });

  it("finds pictures by pictures: of the table, of JSON and of a form", async () => {
    const bus = await sample("bus");
    const byId = await ask({ table: "photos", query: [{ id: await idOf("bus") }], limit: 1 });
    expect(byId.json().results[0]).toMatchObject({
      similarity: expect.closeTo(1, 5),
      image: { name: "bus.png" },
    });
    const minus = await ask({
      query: [{ image: bus.toString("base64") }, { text: "an elephant", weight: -0.5 }],
      limit: 1,
    });
    expect(minus.json().results[0].image.name).toBe("bus.png");
    const url = await listeningAt(app);
    const asForm = await fetch(`${url}/v1/search`, {
      method: "POST",
      body: form({ "x.png": bus }, { limit: "1" }),
    });
    expect(((await asForm.json()) as { results: object[] }).results[0]).toMatchObject({
      image: { name: "bus.png" },
    });
  });

  it.each([
    [{}, "REQUEST_INVALID"],
    [{ query: [] }, "REQUEST_INVALID"],
    [{ query: "x", table: "none" }, "TABLE_NOT_FOUND"],
    [{ query: "x", version: 99 }, "TABLE_NOT_FOUND"],
    [{ query: "x", where: "nonsense = 1" }, "TABLE_FILTER_INVALID"],
    [{ query: [{ text: "x", weight: 0 }] }, "OPTION_INVALID"],
    [{ query: ["a bus", { image: "/etc/passwd.png" }] }, "REQUEST_INVALID", /Picture "query 1"/],
  ])("refuses %j", async (body, code, detail = /./) => {
    const answer = await ask(body);
    expect(answer.json().code).toBe(code);
    expect(answer.json().detail).toMatch(detail);
    expect(answer.body).not.toContain(folder);
  });
});

it("ranks by what is asked last, while what was given up before is not begun", async () => {
  const question = (label: string) => ({
    labels: matrixOf([Float32Array.from({ length: mini.dimension }, (_, at) => Number(at === label.length))]),
    names: [label],
    scoring: mini.scoring,
  });
  const given = Array.from({ length: 20 }, (_, at) => {
    const stop = new AbortController();
    const asked = ranker.rank(question("x".repeat(at)), stop.signal);
    stop.abort(new Error("another letter"));
    return asked;
  });
  const settled = Promise.allSettled(given);
  const last = await ranker.rank(question("last"), new AbortController().signal);
  expect(JSON.parse(Buffer.from(last).toString()).labels).toEqual([{ label: "last", count: 3 }]);
  for (const { status } of await settled) expect(status).toBe("rejected");
});

it("gives a ranking up that nobody waits for any more, and goes on from what it knows", () => {
  const vectors = matrixOf(
    [0, 1, 2].map((at) => Float32Array.from({ length: 8 }, (_, place) => Number(place === at))),
    8,
  );
  const rankerOf = createRanker(vectors, mini.scoring);
  let looks = 0;
  expect(() => rankerOf(vectors, { isOver: () => ++looks === 2 })).toThrow("Nobody waits");
  expect(looks).toBe(2);
  expect(rankerOf(vectors)).toEqual(createRanker(vectors, mini.scoring)(vectors));
});

it("ranks all pictures by labels, as classify scores them", async () => {
  const labels = ["bus", "cup", "elephant"];
  const answer = (
    await app.inject({ method: "POST", url: "/v1/tables/photos/rank", payload: { labels, about: "bus" } })
  ).json();
  const ids = await app.inject("/v1/tables/photos/ids");
  expect([ids.rawPayload.length, Number(ids.headers["table-version"])]).toEqual([3 * 32, answer.version]);
  const numbers = (text: string) => new Float32Array(new Uint8Array(Buffer.from(text, "base64")).buffer);
  const best = new Uint16Array(new Uint8Array(Buffer.from(answer.best, "base64")).buffer);
  const row = Array.from({ length: 3 }, (_, at) =>
    ids.rawPayload.subarray(32 * at, 32 * at + 32).toString("hex"),
  ).indexOf(await idOf("bus"));
  const [expected] = await classify([new Uint8Array(await sample("bus"))], { labels, model: mini });
  expect(labels[best[row]!]).toBe("bus");
  expect(numbers(answer.scores)[row]).toBeCloseTo(expected!.predictions![0]!.score, 5);
  expect(numbers(answer.similarities)[row]).toBeCloseTo(expected!.predictions![0]!.similarity, 5);
  expect(answer.labels.reduce((sum: number, { count }: { count: number }) => sum + count, 0)).toBe(3);
});
