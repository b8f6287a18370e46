import { expect, it } from "vitest";
import { allEmbeddings } from "../../../src/index.js";
import { row } from "../../../src/math/matrix.js";
import { listeningAt, mini, sample, serverWith } from "../harness.js";

const app = await serverWith({ models: { "immich-app/ViT-B-32__openai": mini } });
const address = await listeningAt(app);
const bus = await sample("bus");

/** As machine-learning.repository.ts of Immich's server sends it: the picture is a Blob without a name. */
async function predict(entries: unknown, part: Readonly<Record<string, Blob | string>>) {
  const form = new FormData();
  form.append("entries", typeof entries === "string" ? entries : JSON.stringify(entries));
  for (const [name, value] of Object.entries(part)) form.append(name, value);
  const response = await fetch(`${address}/predict`, { method: "POST", body: form });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const visual = { clip: { visual: { modelName: "ViT-B-32__openai" } } };
const textual = { clip: { textual: { modelName: "ViT-B-32__openai", options: { language: "en" } } } };
const image = new Blob([new Uint8Array(bus)]);

it("answers a ping", async () => {
  const response = await fetch(`${address}/ping`);
  expect([response.status, await response.text()]).toEqual([200, "pong"]);
});

it("embeds a picture and words, each as JSON in a string", async () => {
  const ofBus = [...row(allEmbeddings(await mini.embedImages([bus])), 0)];
  const ofBeach = [...row(allEmbeddings(await mini.embedTexts(["dog on a beach"])), 0)];
  const picture = await predict(visual, { image });
  expect(picture).toMatchObject({ status: 200, body: { imageHeight: 288, imageWidth: 384 } });
  expect((JSON.parse(picture.body.clip as string) as number[]).map(Math.fround)).toEqual(ofBus);
  const words = await predict(textual, { text: "dog on a beach" });
  expect(Object.keys(words.body)).toEqual(["clip"]);
  expect((JSON.parse(words.body.clip as string) as number[]).map(Math.fround)).toEqual(ofBeach);
});

it("refuses what it does not do, so that Immich tries its next address", async () => {
  const faces = { "facial-recognition": { recognition: { modelName: "buffalo_l" } } };
  expect(await predict(faces, { image })).toEqual({
    status: 422,
    body: { detail: "Expected the task clip in entries, got facial-recognition." },
  });
  const unknown = { clip: { visual: { modelName: "ViT-L-14__openai" } } };
  expect((await predict(unknown, { image })).status).toBe(404);
  for (const entries of ["", "{", "[]", {}, { clip: {} }, { clip: { visual: {}, textual: {} } }]) {
    expect((await predict(entries, { image })).status).toBe(422);
  }
  expect((await predict(visual, { text: "dog" })).body.detail).toContain("a file image");
  expect((await predict(textual, { image })).body.detail).toContain("a field text");
});
