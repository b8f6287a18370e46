import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ingest, openImageTable } from "../../src/index.js";
import { createExplainer } from "../../src/server/explain/explainer.js";
import { mini, sample, serverWith } from "./harness.js";

const folder = await mkdtemp(join(tmpdir(), "nearlabel-tables-"));
const names = ["bus", "cup", "elephant"];
for (const name of names) await writeFile(join(folder, `${name}.png`), await sample(name));
const place = join(folder, "photos.db");
await ingest(folder, { table: place, model: mini });
const table = await openImageTable(place);
const explainer = createExplainer("mini");
afterAll(async () => {
  await table.close();
  await explainer.close();
  await rm(folder, { recursive: true });
});
const app = await serverWith({
  tables: new Map([["photos", table]]),
  explainers: new Map([["mini", explainer]]),
});
const idOf = async (name: string) =>
  createHash("sha256")
    .update(await sample(name))
    .digest("hex");

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
      "TABLE_FILTER_INVALID",
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
