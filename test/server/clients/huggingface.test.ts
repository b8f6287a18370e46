import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceClient } from "@huggingface/inference";
import { afterAll, expect, it } from "vitest";
import { allEmbeddings, classify, labelSet } from "../../../src/index.js";
import { sevenDigits } from "../../../src/math/digits.js";
import { row } from "../../../src/math/matrix.js";
import { openLabelSets } from "../../../src/server/label-sets/label-set-folder.js";
import { listeningAt, mini, sample, serverWith } from "../harness.js";

const folder = await mkdtemp(join(tmpdir(), "nearlabel-sets-"));
afterAll(() => rm(folder, { recursive: true }));
const labelSets = await openLabelSets(folder);
const things = { labels: labelSet(["cup", "bus", "snail"]), templates: ["a drawing of a {}"] };
await labelSets.put("things", things);
const app = await serverWith({ labelSets });
const address = await listeningAt(app);
const client = new InferenceClient("none").endpoint(`${address}/hf/mini`);
const bus = await sample("bus");
const image = new Blob([new Uint8Array(bus)]);
const labels = ["cup", "bus", "snail"];

const named = (predictions: readonly { label: string; score: number }[]) =>
  predictions.map(({ label, score }) => ({ label, score: sevenDigits(score) }));

it("classifies with the labels of the request, as JavaScript's client sends it", async () => {
  const [expected] = await classify([bus], { model: mini, labels, templates: ["a drawing of a {}"] });
  const parameters = { candidate_labels: labels, hypothesis_template: "a drawing of a {}" };
  const found = await client.zeroShotImageClassification({ inputs: { image }, parameters });
  expect(found).toEqual(named(expected!.predictions!));
  const throughUrl = await new InferenceClient("none").zeroShotImageClassification({
    endpointUrl: `${address}/hf/mini`,
    inputs: { image },
    parameters,
  });
  expect(throughUrl).toEqual(found);
});

it("takes the picture as Python's client sends it, and labels as they are", async () => {
  const templates = ["This is a photo of {}."];
  const list = ["tea_cup", "bus"];
  const [expected] = await classify([bus], {
    model: mini,
    labels: list.map((label) => ({ label, className: label })),
    templates,
  });
  for (const candidate_labels of [list, "tea_cup, bus"]) {
    const response = await app.inject({
      method: "POST",
      url: "/hf/mini",
      payload: { inputs: bus.toString("base64"), parameters: { candidate_labels } },
    });
    expect(response.json()).toEqual(named(expected!.predictions!));
  }
});

it("classifies by the server's label set where the request has no labels", async () => {
  const [expected] = await classify([bus], { model: mini, ...things });
  expect(await client.imageClassification({ data: image })).toEqual(named(expected!.predictions!));
  // As Python's client sends it: without a type, and with parameters in JSON.
  const bytes = await fetch(`${address}/hf/mini`, { method: "POST", body: new Uint8Array(bus) });
  expect(await bytes.json()).toEqual(named(expected!.predictions!));
  const ask = async (parameters: object, query = "") => {
    const payload = { inputs: bus.toString("base64"), parameters };
    return (await app.inject({ method: "POST", url: `/hf/mini${query}`, payload })).json();
  };
  expect(await ask({ top_k: 1 })).toEqual(named(expected!.predictions!).slice(0, 1));
  const [logit] = await ask({ function_to_apply: "none" });
  expect(logit).toEqual({ label: "bus", score: sevenDigits(expected!.predictions![0]!.logit) });
  const [alone] = await classify([bus], { model: mini, ...things, multiLabel: true });
  expect(await ask({ function_to_apply: "sigmoid" })).toEqual(named(alone!.predictions!));
  await labelSets.put("animals", { ...things, labels: labelSet(["cat", "dog"]) });
  expect((await ask({ top_k: 1 })).error).toContain("?label_set=animals; there are animals, things");
  expect(await ask({ top_k: 1 }, "?label_set=things")).toEqual(named(expected!.predictions!).slice(0, 1));
});

it("extracts features of texts and pictures", async () => {
  const ofCat = [...row(allEmbeddings(await mini.embedTexts(["a cat"])), 0)];
  const ofBus = [...row(allEmbeddings(await mini.embedImages([bus])), 0)];
  const features = async (inputs: unknown) => {
    const found = (await client.featureExtraction({ inputs: inputs as string })) as number[][];
    return found.map((numbers) => numbers.map(Math.fround));
  };
  expect(await features("a cat")).toEqual([ofCat]);
  expect(await features(["a cat", "a cat"])).toEqual([ofCat, ofCat]);
  expect(await features({ image: bus.toString("base64") })).toEqual([ofBus]);
});

it("answers at /embed and / as text-embeddings-inference does", async () => {
  const batch = await mini.embedTexts(["a cat", "a dog"]);
  const unit = [0, 1].map((at) => [...row(batch.embeddings, at)]);
  for (const url of ["/embed", "/"]) {
    const found = await new InferenceClient("none")
      .endpoint(`${address}${url}`)
      .featureExtraction({ inputs: ["a cat", "a dog"] });
    expect((found as number[][]).map((numbers) => numbers.map(Math.fround))).toEqual(unit);
  }
  const long = await app.inject({
    method: "POST",
    url: "/embed",
    payload: { inputs: "a cat", normalize: false },
  });
  const [values] = long.json() as [number[]];
  expect(Math.hypot(...values)).toBeCloseTo(batch.norms[0]!, 4);
  expect((await app.inject("/info")).json()).toMatchObject({ model_id: "mini", model_dtype: "fp32" });
  expect((await app.inject("/health")).statusCode).toBe(200);
  const refused = await app.inject({ method: "POST", url: "/embed", payload: { inputs: [1] } });
  expect([refused.statusCode, refused.json()]).toEqual([
    400,
    { error: expect.stringContaining("body/inputs"), error_type: "Validation" },
  ]);
});

it("tells what is wrong as both clients read it", async () => {
  const asked = { inputs: { image }, parameters: { candidate_labels: ["bus", "bus"] } };
  await expect(client.zeroShotImageClassification(asked)).rejects.toMatchObject({
    httpResponse: { status: 400, body: { error: expect.stringContaining('"bus" (position 0, position 1)') } },
  });
  const other = new InferenceClient("none").endpoint(`${address}/hf/openai/clip-vit-base-patch32`);
  await expect(other.featureExtraction({ inputs: "a cat" })).rejects.toMatchObject({
    httpResponse: {
      status: 404,
      body: { error: 'There is no model "openai/clip-vit-base-patch32": there are mini.' },
    },
  });
  const cut = {
    inputs: { image: new Blob([new Uint8Array(bus.subarray(0, 900))]) },
    parameters: asked.parameters,
  };
  await expect(
    client.zeroShotImageClassification({ ...cut, parameters: { candidate_labels: labels } }),
  ).rejects.toMatchObject({ httpResponse: { status: 422 } });
});
