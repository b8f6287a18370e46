import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, describe, expect, it } from "vitest";
import { ingest, openImageTable } from "../../src/index.js";
import { createCurator } from "../../src/server/curation/curator.js";
import { createTableRanker } from "../../src/server/ranking/table-ranker.js";
import { mini, sample, serverWith } from "./harness.js";

const folder = await mkdtemp(join(tmpdir(), "nearlabel-curation-"));
const names = ["bus", "cup", "guitar", "pizza"];
for (const name of names) await writeFile(join(folder, `${name}.png`), await sample(name));
await sharp(await sample("cup"))
  .jpeg({ quality: 90 })
  .toFile(join(folder, "cup-copy.jpg"));
const place = join(folder, "photos.db");
await ingest(folder, { table: place, model: mini });
const table = await openImageTable(place);
const [ranker, curator] = [createTableRanker(place), createCurator(place)];
afterAll(async () => {
  await ranker.close();
  await curator.close();
  await table.close();
  await rm(folder, { recursive: true });
});
const app = await serverWith({
  tables: new Map([["photos", table]]),
  rankers: new Map([["photos", ranker]]),
  curators: new Map([["photos", curator]]),
});
const idOf = async (name: string) =>
  createHash("sha256")
    .update(await sample(name))
    .digest("hex");
const ask = async (method: "GET" | "POST" | "PUT", path: string, payload?: object) => {
  const answer = await app.inject({ method, url: `/v1/tables/photos/${path}`, ...(payload && { payload }) });
  expect(answer.body).not.toContain(folder);
  return answer;
};
const give = async (labels: object[]) => (await ask("PUT", "given-labels", { labels })).json();

describe("given labels", () => {
  it("are stored, come back as what was there before, and are taken away by null", async () => {
    const id = await idOf("bus");
    expect(await give([{ id, label: "bus" }])).toEqual({ before: [{ id, label: null }] });
    expect(await give([{ id, label: "a 'bus'" }])).toEqual({ before: [{ id, label: "bus" }] });
    expect(await table.count("given_label = 'a ''bus'''")).toBe(1);
    expect(await give([{ id, label: null }])).toEqual({ before: [{ id, label: "a 'bus'" }] });
    expect(await give([{ id: "0".repeat(64), label: "none" }])).toEqual({ before: [] });
    const empty = await ask("PUT", "given-labels", { labels: [{ id, label: " " }] });
    expect([empty.statusCode, empty.json().code]).toEqual([400, "OPTION_INVALID"]);
  });

  it("stand in rankings and teach them, without the table being read anew", async () => {
    const rank = async (more: object = {}) =>
      (await ask("POST", "rank", { labels: names, ...more })).json() as {
        version: number;
        given: string;
        learned?: object;
        pictures: { id: string; predictions: { label: string }[] }[];
      };
    const before = await rank();
    expect(before.given).toBe(Buffer.alloc(10, 255).toString("base64"));
    await give(await Promise.all(names.map(async (name) => ({ id: await idOf(name), label: name }))));
    const id = await idOf("guitar");
    const after = await rank({ learn: true, pictures: [id, "0".repeat(64)] });
    expect(after.version).toBe(before.version);
    const places = [...new Uint16Array(new Uint8Array(Buffer.from(after.given, "base64")).buffer)];
    expect(places.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 65_535]);
    expect(after.learned).toEqual({ examples: 4, weight: 0.05 });
    expect(after.pictures).toMatchObject([{ id, predictions: [{ label: "guitar" }, {}, {}, {}] }]);
  });
});

it("lists ids by a condition", async () => {
  const found = await ask("GET", "ids?where=given_label = 'cup'");
  expect(found.rawPayload.toString("hex")).toBe(await idOf("cup"));
  expect((await ask("GET", "ids?where=nonsense = 1")).json().code).toBe("TABLE_FILTER_INVALID");
});

it("exports a selection in its order, safe for spreadsheets", async () => {
  const ids = [await idOf("pizza"), await idOf("bus"), "0".repeat(64)];
  await give([{ id: ids[1]!, label: '=1+"1"' }]);
  const csv = await ask("POST", "export", { ids, format: "csv" });
  const lines = csv.body.trimEnd().split("\n");
  expect(lines[0]).toMatch(/^id,name,givenLabel,/);
  expect(lines.slice(1).map((line) => line.split(",").slice(1, 3).join())).toEqual([
    "pizza.png,pizza",
    `bus.png,"'=1+""1"""`,
  ]);
  const jsonl = await ask("POST", "export", { ids, format: "jsonl" });
  expect(
    jsonl.body
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).name),
  ).toEqual(["pizza.png", "bus.png"]);
  await give([{ id: ids[1]!, label: "bus" }]);
});

it("finds suspects among given labels", async () => {
  const id = await idOf("bus");
  await give([{ id, label: "pizza" }]);
  const { suspects, pictures, leftOut } = (await ask("GET", "suspects?least=0.6")).json();
  expect([pictures, leftOut]).toEqual([4, 1]);
  expect(suspects.every(({ given }: { given: string }) => names.includes(given))).toBe(true);
  expect((await ask("GET", "suspects?least=0.4")).statusCode).toBe(400);
});

it("finds duplicates, and remembers what is none", async () => {
  const found = (await ask("GET", "duplicates?band=similar")).json();
  expect(found).toMatchObject({ total: 1, duplicates: 1 });
  const { kept, duplicates } = found.groups[0];
  expect([kept.name, duplicates[0].name].sort()).toEqual(["cup-copy.jpg", "cup.png"]);
  const told = await ask("POST", "not-duplicates", { ids: [kept.id, duplicates[0].id] });
  expect(told.statusCode).toBe(204);
  expect((await ask("GET", "duplicates?band=similar")).json().total).toBe(0);
});

it("tells of the first hundred of a picture that lies there more often", async () => {
  const many = join(folder, "many");
  await mkdir(many);
  const content = await sample("bus");
  for (let at = 0; at < 120; at++) await writeFile(join(many, `${at}.png`), content);
  const copies = join(folder, "many.db");
  await ingest(many, { table: copies, model: mini });
  await using opened = await openImageTable(copies);
  const looksThrough = createCurator(copies);
  const server = await serverWith({
    tables: new Map([["many", opened]]),
    curators: new Map([["many", looksThrough]]),
  });
  const { total, duplicates, groups } = (await server.inject("/v1/tables/many/duplicates")).json();
  expect([total, duplicates, groups[0].count, groups[0].duplicates.length]).toEqual([1, 119, 119, 99]);
  const ids = [groups[0].kept, ...groups[0].duplicates].map(({ id }) => id);
  const url = "/v1/tables/many/not-duplicates";
  expect((await server.inject({ method: "POST", url, payload: { ids } })).statusCode).toBe(204);
  await looksThrough.close();
});

it("labels the whole table under a name", async () => {
  const made = (await ask("POST", "labelling", { labels: names, save: "things" })).json();
  expect(made).toEqual({ labelSet: "things@1", labelled: 5, unchanged: 0 });
  expect(await table.count("label = 'guitar' AND label_set = 'things@1'")).toBe(1);
  expect((await ask("POST", "labelling", { labels: names, save: "no name" })).statusCode).toBe(400);
});
