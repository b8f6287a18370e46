import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { buildLabelIndex, classify, openLabelIndex } from "../../src/index.js";
import { openLabelSets } from "../../src/server/label-sets/label-set-folder.js";
import { form, listeningAt, mini, sample, serverWith } from "./harness.js";

const folder = await mkdtemp(join(tmpdir(), "nearlabel-sets-"));
afterAll(() => rm(folder, { recursive: true }));

const app = await serverWith({
  labelSets: await openLabelSets(folder),
  limits: { pictures: 8, labels: 50, pictureBytes: 200_000 },
});
const url = await listeningAt(app);
const [bus, cup] = await Promise.all([sample("bus"), sample("cup")]);
const labels = ["bus", "cup", "dog"];
const base64 = bus.toString("base64");

interface Told {
  readonly model: string;
  readonly code: string;
  readonly detail: string;
  readonly results: readonly {
    readonly index: number;
    readonly id: string;
    readonly predictions: readonly { readonly label: string; readonly score: number }[];
    readonly unknown?: object;
    readonly error?: { readonly code: string; readonly message: string };
  }[];
}

const post = async (init: RequestInit, path = "/v1/classify"): Promise<Told> =>
  (await fetch(url + path, { method: "POST", ...init })).json() as Promise<Told>;
const postJson = (body: unknown, headers = {}) =>
  post({ body: JSON.stringify(body), headers: { "content-type": "application/json", ...headers } });
const best = ({ results }: Told) => results.map(({ predictions }) => predictions?.[0]?.label);

describe("POST /v1/classify", () => {
  it("says what classify says, however the pictures come", async () => {
    const [expected] = await classify([new Uint8Array(bus)], { labels, model: mini });
    const told = await postJson({ labels, images: [{ name: "a bus", data: base64 }] });
    expect(told.model).toBe("mini");
    expect(told.results[0]).toMatchObject({ index: 0, id: "a bus" });
    for (const [at, { label, score }] of told.results[0]!.predictions.entries()) {
      expect(label).toBe(expected!.predictions![at]!.label);
      expect(score).toBeCloseTo(expected!.predictions![at]!.score, 6);
    }
    const asForm = await post({
      body: form({ "bus.png": bus, "cup.png": cup }, { labels: "bus, cup,dog", topK: "1" }),
    });
    expect(best(asForm)).toEqual(["bus", "cup"]);
    expect(asForm.results.map(({ id, predictions }) => [id, predictions.length])).toEqual([
      ["bus.png", 1],
      ["cup.png", 1],
    ]);
    const bytes = { body: new Uint8Array(cup), headers: { "content-type": "image/png" } };
    expect(best(await post(bytes, "/v1/classify?labels=bus&labels=cup&multiLabel=true"))).toEqual(["cup"]);
  });

  it("has a record for a picture that cannot be read, and classifies the others", async () => {
    const told = await post({
      body: form({ "cut.png": bus.subarray(0, 2000), "bus.png": bus }, { labels: "bus,cup" }),
    });
    expect(told.results[0]!.error).toEqual({
      code: "IMAGE_CORRUPT",
      message: "The picture is damaged or was cut off.",
    });
    expect(told.results[1]!.predictions[0]!.label).toBe("bus");
  });

  it("has a record for what is no picture, and classifies the others", async () => {
    for (const [image, code, message] of [
      ["http://127.0.0.1/a.png", "REQUEST_INVALID", /Addresses and paths are not read/],
      ["file:///etc/passwd", "REQUEST_INVALID", /Addresses and paths are not read/],
      ["data:image/png,abc", "REQUEST_INVALID", /Picture "0": expected a data URL in base64/],
      ["data:image/png;base64,", "IMAGE_EMPTY", /Picture "0" has no bytes/],
      ["A".repeat(300_000), "IMAGE_TOO_LARGE", /more than the 200000 bytes/],
    ] as const) {
      const [bad, good] = (await postJson({ labels, images: [image, base64] })).results;
      expect([image.slice(0, 40), bad!.error!.code, bad!.error!.message]).toEqual([
        ...[image.slice(0, 40), code],
        expect.stringMatching(message),
      ]);
      expect(good!.predictions[0]!.label).toBe("bus");
    }
    const files = { "none.png": Buffer.alloc(0), "large.png": Buffer.alloc(200_001), "bus.png": bus };
    const { results } = await post({ body: form(files, { labels: "bus,cup" }) });
    expect(results.map(({ id, error, predictions }) => [id, error?.code ?? predictions[0]!.label])).toEqual([
      ["none.png", "IMAGE_EMPTY"],
      ["large.png", "IMAGE_TOO_LARGE"],
      ["bus.png", "bus"],
    ]);
  });

  it("streams results as they come, by line and as events", async () => {
    const init = {
      body: form({ "bus.png": bus, "cut.png": bus.subarray(0, 2000), "cup.png": cup }, { labels: "bus,cup" }),
      method: "POST",
    };
    const lines = await fetch(`${url}/v1/classify`, { ...init, headers: { accept: "application/x-ndjson" } });
    const results = (await lines.text())
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(results.map(({ index }) => index).sort()).toEqual([0, 1, 2]);
    const events = await fetch(`${url}/v1/classify`, { ...init, headers: { accept: "text/event-stream" } });
    expect((await events.text()).match(/^event: \w+/gm)).toEqual([
      "event: result",
      "event: result",
      "event: result",
      "event: end",
    ]);
  });

  it("takes numbers of forms and addresses for what they say, and nothing else for a number", async () => {
    const ask = async (query: string) =>
      app.inject({
        method: "POST",
        url: `/v1/classify?labels=bus,cup&${query}`,
        headers: { "content-type": "image/png" },
        payload: bus,
      });
    for (const query of [
      "topK=1",
      "topK=1.0",
      "topK=1e0",
      "multiLabel=true",
      "minScore=0.5",
      "temperature=.5",
    ])
      expect([query, (await ask(query)).statusCode]).toEqual([query, 200]);
    for (const query of ["topK=true", "topK=", "topK=0x1", "topK=1.5", "multiLabel=1", "minScore=true"])
      expect([query, (await ask(query)).statusCode]).toEqual([query, 400]);
    expect((await app.inject("/v1/label-sets/things?version=true")).json().code).toBe("REQUEST_INVALID");
  });

  it("tells pictures that show none of the labels", async () => {
    const told = await postJson({
      labels,
      images: [base64],
      reject: { method: "similarity", threshold: 0.99 },
    });
    expect(told.results[0]!.unknown).toMatchObject({ method: "similarity", threshold: 0.99 });
  });

  it("takes a least score for each label", async () => {
    const told = await postJson({ labels, images: [base64], minScore: { bus: 1, cup: 0 } });
    expect(told.results[0]!.predictions.map(({ label }) => label).sort()).toEqual(["cup", "dog"]);
  });

  it.each([
    [{ images: [base64] }, 400, "REQUEST_INVALID", /either labels or labelSet/],
    [{ labels, labelSet: "a", images: [base64] }, 400, "REQUEST_INVALID", /either labels or labelSet/],
    [{ labels: [], images: [base64] }, 400, "LABELS_EMPTY", /at least one label/],
    [{ labels: ["a", "a"], images: [base64] }, 400, "LABELS_DUPLICATE", /"a"/],
    [{ labels: ["a", " "], images: [base64] }, 400, "LABELS_EMPTY", /position 1/],
    [{ labels, templates: ["no place"], images: [base64] }, 400, "TEMPLATE_INVALID", /no place/],
    [{ labels, images: [] }, 400, "REQUEST_INVALID", /at least one picture/],
    [{ labels, images: [base64], topK: "3" }, 400, "REQUEST_INVALID", /topK/],
    [{ labels, images: [base64], topk: 3 }, 400, "REQUEST_INVALID", /additional/],
    [{ labels, images: [base64], model: "../mini" }, 404, "MODEL_NOT_FOUND", /there are mini/],
    [{ labelSet: "none", images: [base64] }, 404, "LABEL_SET_NOT_FOUND", /none/],
    [{ labels: Array.from({ length: 51 }, String), images: [base64] }, 413, "REQUEST_TOO_LARGE", /51 labels/],
    [{ labels: ["x".repeat(3000)], images: [base64] }, 413, "REQUEST_TOO_LARGE", /3000 letters/],
    [{ labels, images: Array(9).fill(base64) }, 413, "REQUEST_TOO_LARGE", /8 pictures/],
    [{ labels, images: [base64], reject: true }, 400, "REQUEST_INVALID", /label index/],
    [{ labels, images: [base64], search: "table" }, 400, "REQUEST_INVALID", /label index/],
    [{ labels, images: [base64], minScore: { bus: 2 } }, 400, "REQUEST_INVALID", /minScore/],
  ])("refuses %j", async (body, status, code, detail) => {
    const answer = await app.inject({ method: "POST", url: "/v1/classify", payload: body });
    expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
    expect(answer.json().detail).toMatch(detail);
  });
});

describe("a label index", () => {
  it("is searched in memory or in its table, as it is now, with what is stored in it", async () => {
    const place = join(folder, "index");
    await using index = await buildLabelIndex(place, { labels, model: mini });
    const served = await serverWith({ labelIndexes: new Map([["things", index]]) });
    const ask = async (more: object) => {
      const payload = { labelSet: "things", images: [base64], ...more };
      const answer = await served.inject({ method: "POST", url: "/v1/classify", payload });
      return answer.json() as Told & { results: { calibrated?: true }[] };
    };
    const [inMemory, inTable] = [await ask({}), await ask({ search: "table" })];
    expect(best(inMemory)).toEqual(["bus"]);
    expect(best(inTable)).toEqual(["bus"]);
    expect((await ask({ search: "table", reject: true })).code).toBe("REQUEST_INVALID");
    expect((await ask({ reject: true })).detail).toMatch(/threshold/);
    // By another program, say.
    await using elsewhere = await openLabelIndex(place);
    await elsewhere.add(["red bus"], mini);
    await elsewhere.calibrate({ temperature: 2, pictures: 10 } as never);
    const after = await ask({ topK: 9 });
    expect(after.results[0]!.predictions.map(({ label }) => label)).toContain("red bus");
    expect(after.results[0]!.calibrated).toBe(true);
  });
});

describe("/v1/label-sets", () => {
  const put = (name: string, body: object, headers = {}) =>
    app.inject({ method: "PUT", url: `/v1/label-sets/${name}`, payload: body, headers });

  it("keeps sets with their versions", async () => {
    expect((await put("things", { labels: ["bus", "cup"] })).json()).toMatchObject({ version: 1 });
    expect((await put("things", { labels: ["bus", "cup"] })).json()).toMatchObject({ version: 1 });
    const second = await put("things", { labels: ["bus", { label: "mug", className: "coffee mug" }] });
    expect([second.json().version, second.headers.etag]).toEqual([2, '"2"']);
    expect((await app.inject("/v1/label-sets")).json().data).toMatchObject([
      { name: "things", version: 2, labels: 2 },
    ]);
    expect((await app.inject("/v1/label-sets/things?version=1")).json().labels[1]).toEqual({
      label: "cup",
      className: "cup",
    });
    expect(best(await postJson({ labelSet: "things@1", images: [cup.toString("base64")] }))).toEqual(["cup"]);
    expect(best(await postJson({ labelSet: "things", images: [cup.toString("base64")] }))).toEqual(["mug"]);
    const again = await openLabelSets(folder);
    expect((await again.get("things")).labels[1]!.className).toBe("coffee mug");
  });

  it("tells a writer that somebody was faster", async () => {
    await put("shared", { labels: ["a"] }, { "if-match": '"0"' });
    expect((await put("shared", { labels: ["b"] }, { "if-match": '"1"' })).json().version).toBe(2);
    const late = await put("shared", { labels: ["c"] }, { "if-match": '"1"' });
    expect([late.statusCode, late.json().code]).toEqual([412, "LABEL_SET_CHANGED"]);
    const both = await Promise.allSettled(
      [1, 2, 3].map((n) =>
        openLabelSets(folder).then((sets) =>
          sets.put("race", { labels: [{ label: `${n}`, className: "x" }], templates: [] }, 0),
        ),
      ),
    );
    expect(both.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("takes a set away, and keeps its versions", async () => {
    await put("gone", { labels: ["a"] });
    expect((await app.inject({ method: "DELETE", url: "/v1/label-sets/gone" })).statusCode).toBe(204);
    expect((await app.inject("/v1/label-sets/gone")).json().code).toBe("LABEL_SET_NOT_FOUND");
    expect((await app.inject("/v1/label-sets/gone/versions")).json().data).toMatchObject([
      { version: 1 },
      { version: 2, deleted: true },
    ]);
    expect((await app.inject("/v1/label-sets/gone?version=1")).json().labels).toHaveLength(1);
    expect((await put("gone", { labels: ["b"] }, { "if-match": '"0"' })).json().version).toBe(3);
  });

  it("refuses names that would be something else on disk", async () => {
    for (const name of ["..%2Fetc", "%2e%2e", "A", "a%00", "x".repeat(65)]) {
      expect((await put(name, { labels: ["a"] })).statusCode).toBeGreaterThanOrEqual(400);
    }
  });
});
