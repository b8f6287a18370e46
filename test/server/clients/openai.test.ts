import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import OpenAI, { APIError } from "openai";
import { expect, it } from "vitest";
import { allEmbeddings } from "../../../src/index.js";
import { row } from "../../../src/math/matrix.js";
import { createPictureFetcher } from "../../../src/server/pictures/fetch-picture.js";
import { listeningAt, mini, sample, serverWith } from "../harness.js";

const app = await serverWith({ limits: { textLength: 100, pictures: 3 } });
const address = await listeningAt(app);
const client = new OpenAI({ baseURL: `${address}/v1`, apiKey: "none", maxRetries: 0 });
const bus = await sample("bus");
const dataUrl = `data:image/png;base64,${bus.toString("base64")}`;
const ofBus = [...row(allEmbeddings(await mini.embedImages([bus])), 0)];
const ofCat = [...row(allEmbeddings(await mini.embedTexts(["a photo of a cat"])), 0)];

/** As the client sends it, with fields that its types do not know. */
const create = (body: object) =>
  client.embeddings.create({ model: "mini", input: [], ...body } as OpenAI.EmbeddingCreateParams);
const embeddings = async (body: object) => (await create(body)).data.map(({ embedding }) => embedding);

it("embeds texts and pictures, to the last bit, as base64 and as numbers", async () => {
  expect(await embeddings({ input: "a photo of a cat" })).toEqual([ofCat]);
  const asNumbers = await embeddings({ input: ["a photo of a cat", dataUrl], encoding_format: "float" });
  expect(asNumbers.map((numbers) => numbers.map(Math.fround))).toEqual([ofCat, ofBus]);
  const { model, usage, data } = await create({ input: [dataUrl, "a photo of a cat"] });
  expect([model, usage]).toEqual(["mini", { prompt_tokens: 0, total_tokens: 0 }]);
  expect(data.map(({ index }) => index)).toEqual([0, 1]);
});

it("takes pictures as infinity, vLLM and Jina send them", async () => {
  const base64 = bus.toString("base64");
  for (const body of [
    { input: [dataUrl], modality: "image" },
    { input: base64, modality: "image" },
    { input: [{ image: dataUrl }] },
    { input: { image: base64 } },
    { input: [{ bytes: base64 }] },
    { input: [{ url: dataUrl }] },
    {
      input: undefined,
      messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: dataUrl } }] }],
    },
  ]) {
    expect(await embeddings(body)).toEqual([ofBus]);
  }
  const words = [{ role: "user", content: [{ type: "text", text: "a photo of a cat" }] }];
  expect(await embeddings({ input: undefined, messages: words })).toEqual([ofCat]);
  expect(await embeddings({ input: [{ text: "a photo of a cat" }, { image: dataUrl }] })).toEqual([
    ofCat,
    ofBus,
  ]);
  // A text that says of itself that it is one.
  expect(await embeddings({ input: "data:image/none", modality: "text" })).toHaveLength(1);
});

it("fetches pictures by their addresses from hosts that it was told, and from no others", async () => {
  const site = createServer((_, answer) => answer.end(bus)).listen(0, "127.0.0.1");
  await once(site, "listening");
  const { port } = site.address() as AddressInfo;
  const fetcher = createPictureFetcher({ hosts: [`127.0.0.1:${port}`], isAllowed: () => true });
  const other = await serverWith({ fetcher });
  const ask = async (input: object) =>
    (await other.inject({ method: "POST", url: "/v1/embeddings", payload: { input } })).json();
  const { data } = await ask([{ url: `http://127.0.0.1:${port}/bus.png` }]);
  expect(data[0].embedding.map(Math.fround)).toEqual(ofBus);
  expect((await ask([{ url: "http://127.0.0.1:9/bus.png" }])).error.code).toBe("ADDRESS_REFUSED");
  await fetcher.close();
  site.close();
});

it("packs signs into bits as Jina's binary embeddings", async () => {
  const ask = async (encoding: string) => {
    const body = JSON.stringify({ input: ["a photo of a cat"], embedding_type: encoding });
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${address}/v1/embeddings`, { method: "POST", body, headers });
    return ((await response.json()) as OpenAI.CreateEmbeddingResponse).data[0]!.embedding;
  };
  const bytes = await ask("ubinary");
  const bits = bytes.flatMap((byte) => [...byte.toString(2).padStart(8, "0")].map(Number));
  expect(bits).toEqual(ofCat.map((value) => Number(value > 0)));
  expect(await ask("binary")).toEqual(bytes.map((byte) => byte - 128));
});

it("lists its models", async () => {
  expect((await client.models.list()).data).toMatchObject([{ id: "mini", object: "model" }]);
});

it("tells what is wrong as OpenAI does", async () => {
  const refusal = async (body: object) => {
    const error = await create(body).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(APIError);
    const { status, message, code, type } = error as APIError;
    return { status, message, code, type };
  };
  const invalid = { status: 400, code: "REQUEST_INVALID", type: "invalid_request_error" };
  for (const input of [[[57668, 53901]], [57668, 53901]]) {
    const tokens = await refusal({ input });
    expect(tokens).toMatchObject(invalid);
    expect(tokens.message).toContain("check_embedding_ctx_length=False");
  }
  expect(await refusal({ model: "other", input: "a" })).toMatchObject({
    status: 404,
    message: '404 There is no model "other": there are mini.',
  });
  expect((await refusal({ input: "a", dimensions: 64 })).message).toContain("Expected dimensions to be 256");
  expect((await refusal({ input: "a", modality: "audio" })).message).toContain("modality");
  expect((await refusal({ input: [] })).message).toContain("empty list");
  expect((await refusal({ input: [{ image: "a.jpg", text: "a" }] })).message).toContain("Expected input 0");
  expect((await refusal({ input: [{ image: "../bus.png" }] })).message).toContain('Picture "0"');
  expect((await refusal({ input: "a", messages: [{ content: "a" }] })).message).toContain("got both");
  expect(
    (await refusal({ input: undefined, messages: [{ content: "a" }, { content: "b" }] })).message,
  ).toContain("2 parts");
  expect(await refusal({ input: "a".repeat(101) })).toMatchObject(invalid);
  expect(await refusal({ input: [1, 2, 3, 4].map(() => dataUrl) })).toMatchObject({ status: 413 });
  const cut = `data:image/png;base64,${bus.subarray(0, 900).toString("base64")}`;
  expect(await refusal({ input: ["a", cut] })).toMatchObject({
    status: 422,
    code: "IMAGE_CORRUPT",
    message: "422 Input 1: The picture is damaged or was cut off.",
  });
});

it("says detail beside error, which Jina's clients read", async () => {
  const response = await app.inject({ method: "POST", url: "/v1/embeddings", payload: { input: [[1]] } });
  expect(response.json().detail).toBe(response.json().error.message);
});
