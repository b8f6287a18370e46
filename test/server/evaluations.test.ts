import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createClient } from "../../src/client/index.js";
import type { ReportData } from "../../src/report/data.js";
import { drawnDataset, evaluationsIn } from "./datasets.js";
import { listeningAt, serverWith } from "./harness.js";

const isBuilt = existsSync(fileURLToPath(new URL("../../dist/bundle/evaluation-worker.js", import.meta.url)));
if (!isBuilt) console.warn("Nothing is built in dist: no evaluation is started.");

const folder = await drawnDataset();
const app = await serverWith({ evaluations: await evaluationsIn(folder) });
const client = createClient(await listeningAt(app));

async function ended(id: string) {
  for (;;) {
    const entry = await client.evaluations.get(id);
    if (entry.state === "done" || entry.state === "failed") return entry;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe.skipIf(!isBuilt)("/v1/evaluations", () => {
  it("evaluates runs on a data set of the server, tells how far it is, and gives the report", async () => {
    const started = await client.evaluations.start({
      dataset: "drawn",
      runs: [{}, { templates: ["a drawing of a {}"] }, { original: true }],
    });
    expect(started).toMatchObject({ state: "waiting", dataset: "drawn" });
    const entry = await ended(started.id);
    expect(entry).toMatchObject({ state: "done", pictures: 5 });
    expect(entry.runs).toHaveLength(3);
    expect(entry.runs![1]).toMatchObject({ name: '"a drawing of a {}"', model: "mini" });
    const report = (await client.evaluations.report(started.id)) as unknown as ReportData;
    const { runs, comparisons, dataset } = report.evaluation;
    expect(dataset).toMatchObject({ name: "drawn", labels: ["bus", "cup", "elephant"], pictures: 5 });
    expect(runs[0]!.metrics["acc@1"].value).toBe(entry.runs![0]!.accuracy.value);
    expect(comparisons).toHaveLength(2);
    expect(Object.keys(report.thumbnails).length).toBeGreaterThan(0);
    expect(JSON.stringify(report)).not.toContain(folder);
    expect((await client.evaluations.list())[0]!.id).toBe(started.id);
  });

  it("gives the pictures of a cell, those first that the run was surest of", async () => {
    const { id } = await client.evaluations.start({ dataset: "drawn", runs: [{}] });
    await ended(id);
    const { evaluation } = (await client.evaluations.report(id)) as unknown as ReportData;
    const { labels, confusion } = evaluation.runs[0]!;
    for (const [target, predicted, pictures] of confusion) {
      const cell = { run: 0, label: labels[target]!, predicted: labels[predicted]! };
      const found = await client.evaluations.pictures(id, cell);
      expect(found.count).toBe(pictures);
      expect(found.pictures[0]!.thumbnail).toMatch(/^data:image\/jpeg;base64,/);
      expect(found.pictures[0]!.id).toMatch(new RegExp(`^${cell.label}/\\w+\\.png$`));
      const scores = found.pictures.map(({ score }) => score);
      expect(scores).toEqual([...scores].sort((a, b) => b - a));
    }
    expect(await client.evaluations.pictures(id, { run: 7, label: "x", predicted: "y" })).toEqual({
      count: 0,
      pictures: [],
    });
  });

  it("keeps what is done for the next start, and stops and forgets what is removed", async () => {
    const { id } = await client.evaluations.start({
      dataset: "drawn",
      runs: [{ labels: ["bus", "cup", "elephant"] }],
    });
    await ended(id);
    const again = await evaluationsIn(folder);
    expect(again.get(id)).toMatchObject({ state: "done", dataset: "drawn" });
    const running = await client.evaluations.start({ dataset: "drawn", runs: [{}] });
    await client.evaluations.remove(running.id);
    await expect(client.evaluations.get(running.id)).rejects.toMatchObject({ code: "EVALUATION_NOT_FOUND" });
    await client.evaluations.remove(id);
    expect(existsSync(join(folder, "kept", id))).toBe(false);
  });

  it("takes away drafts that a server left that was killed, and no other's", async () => {
    const kept = join(folder, "kept");
    const [stale, fresh, other] = [`.${randomUUID()}`, `.${randomUUID()}`, ".thumbnails"];
    const longAgo = new Date(Date.now() - 2 * 3600 * 1000);
    for (const name of [stale, fresh, other]) {
      await mkdir(join(kept, name!));
      await writeFile(join(kept, name!, "entry.json"), "{");
    }
    for (const name of [stale, other]) await utimes(join(kept, name!), longAgo, longAgo);
    await evaluationsIn(folder);
    expect((await readdir(kept)).filter((name) => name.startsWith(".")).sort()).toEqual(
      [fresh, other].sort(),
    );
  });

  it("tells nothing of the places of pictures that lie elsewhere", async () => {
    const { id } = await client.evaluations.start({ dataset: "mixed", runs: [{}] });
    expect(await ended(id)).toMatchObject({ state: "done", pictures: 2 });
    const report = (await client.evaluations.report(id)) as unknown as ReportData;
    const failure = {
      id: expect.stringMatching(/^[\da-f]{8}\/gone\.png$/),
      error: { code: "IMAGE_NOT_FOUND", message: "There is no such picture." },
    };
    expect(report.evaluation.failures).toMatchObject([failure, failure]);
    expect(new Set(report.evaluation.failures.map(({ id }) => id)).size).toBe(2);
    const { pictures } = await client.evaluations.pictures(id, { run: 0, label: "bus", predicted: "bus" });
    expect(pictures).toMatchObject([
      { id: expect.stringMatching(/^[\da-f]{8}\/bus\.png$/), thumbnail: expect.any(String) },
    ]);
    const { id: failed } = await client.evaluations.start({ dataset: "gone", runs: [{}] });
    const entry = await ended(failed);
    expect(entry).toMatchObject({ state: "failed", error: { code: "DATASET_INVALID" } });
    expect(JSON.stringify([report, pictures, entry])).not.toContain(folder);
  });

  it("answers those who look at cells of several data sets at once", async () => {
    const ids = await Promise.all(
      ["drawn", "mixed"].map(async (dataset) => (await client.evaluations.start({ dataset, runs: [{}] })).id),
    );
    for (const id of ids) await ended(id);
    const cell = { run: 0, label: "bus", predicted: "bus" };
    const asked = Array.from({ length: 6 }, (_, at) => client.evaluations.pictures(ids[at % 2]!, cell));
    expect((await Promise.all(asked)).map(({ count }) => count)).toEqual(Array(6).fill(1));
  });

  it("is listed page by page, newest first", async () => {
    const list = async (query: string) =>
      ((await app.inject(`/v1/evaluations${query}`)).json().data as { id: string }[]).map(({ id }) => id);
    const all = await list("");
    expect(await list("?limit=2&offset=1")).toEqual(all.slice(1, 3));
    const many = { labels: Array.from({ length: 9000 }, (_, at) => `label ${"x".repeat(130)} ${at}`) };
    const answer = await app.inject({
      method: "POST",
      url: "/v1/evaluations",
      payload: { dataset: "drawn", runs: [many] },
    });
    expect([answer.statusCode, answer.json().code]).toEqual([413, "REQUEST_TOO_LARGE"]);
  });

  it("tells what is wrong with labels in full", async () => {
    const { id } = await client.evaluations.start({ dataset: "drawn", runs: [{ labels: ["bus"] }] });
    expect((await ended(id)).error).toMatchObject({
      message: expect.stringMatching(/"cup"|at least two labels/),
    });
  });

  it("tells why one failed, without the place of the data set", async () => {
    const { id } = await client.evaluations.start({ dataset: "drawn", runs: [{ labels: ["bus", "cup"] }] });
    const entry = await ended(id);
    expect(entry).toMatchObject({ state: "failed", error: { code: "DATASET_INVALID" } });
    expect(entry.error!.message).toContain('"elephant"');
    expect(JSON.stringify(entry)).not.toContain(folder);
    await expect(client.evaluations.report(id)).rejects.toMatchObject({ code: "EVALUATION_NOT_FOUND" });
  });
});

describe("/v1/datasets", () => {
  it("names data sets, and tells nobody where they lie", async () => {
    const answer = await app.inject("/v1/datasets");
    expect(answer.json().data).toEqual([
      { name: "drawn", splits: [], labels: 3 },
      ...["mixed", "gone"].map((name) => ({ name, splits: [] })),
    ]);
    expect(answer.body).not.toContain(folder);
  });

  it.each([
    [{ dataset: "/etc", runs: [{}] }, "DATASET_NOT_FOUND", 404],
    [{ dataset: "../drawn", runs: [{}] }, "DATASET_NOT_FOUND", 404],
    [{ dataset: "drawn", split: "../..", runs: [{}] }, "REQUEST_INVALID", 400],
    [{ dataset: "drawn", runs: [] }, "REQUEST_INVALID", 400],
    [{ dataset: "drawn", runs: [{ model: "/models/other" }] }, "MODEL_NOT_FOUND", 404],
    [{ dataset: "drawn", runs: [{ labels: ["a", "a"] }] }, "LABELS_DUPLICATE", 400],
    [{ dataset: "drawn", runs: [{ original: true, templates: ["a {}"] }] }, "REQUEST_INVALID", 400],
    [{ dataset: "drawn", runs: [{ labelSet: "none" }] }, "LABEL_SET_NOT_FOUND", 404],
  ])("refuses %j", async (payload, code, status) => {
    const answer = await app.inject({ method: "POST", url: "/v1/evaluations", payload });
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject({ code });
  });

  it("is empty for a server without", async () => {
    const bare = await serverWith();
    expect((await bare.inject("/v1/datasets")).json()).toEqual({ data: [] });
    expect((await bare.inject("/v1/evaluations")).json()).toEqual({ data: [] });
    const payload = { dataset: "drawn", runs: [{}] };
    const answer = await bare.inject({ method: "POST", url: "/v1/evaluations", payload });
    expect(answer.json()).toMatchObject({ code: "DATASET_NOT_FOUND" });
  });
});
