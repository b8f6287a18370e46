import { expect, it } from "vitest";
import { createClient, type ServerError } from "../../src/client/index.js";
import { row } from "../../src/math/matrix.js";
import { listeningAt, mini, sample, serverWith } from "./harness.js";

const app = await serverWith({ limits: { prompts: 3, textLength: 100 } });
const client = createClient(await listeningAt(app));

it("gives the embeddings of texts and pictures, bit for bit", async () => {
  const texts = ["a photo of a bus", "a photo of a cup"];
  const expected = await mini.embedTexts(texts);
  const told = await client.embedTexts(texts);
  for (const [at, { index, embedding }] of told.entries()) {
    expect(index).toBe(at);
    expect(embedding).toEqual(row(expected.embeddings, at));
  }
  const bus = await sample("bus");
  const [picture] = await client.embedPictures([bus], { model: "mini" });
  expect(picture!.embedding).toEqual(row((await mini.embedImages([bus])).embeddings, 0));
});

it("has a record for a picture that cannot be read", async () => {
  const bus = await sample("bus");
  const [good, bad] = await client.embedPictures([bus, bus.subarray(0, 200)]);
  expect(good!.embedding).toHaveLength(256);
  expect(bad).toEqual({ index: 1, error: { code: "IMAGE_CORRUPT", message: expect.any(String) } });
});

it("takes texts or pictures, no more than its limits", async () => {
  const refused = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error: unknown) => (error as ServerError).code,
    );
  expect(await refused(client.embedTexts(["a", "b", "c", "d"]))).toBe("REQUEST_TOO_LARGE");
  expect(await refused(client.embedTexts(["x".repeat(101)]))).toBe("REQUEST_TOO_LARGE");
  expect(await refused(client.embedTexts([]))).toBe("REQUEST_INVALID");
  expect(await refused(client.embedTexts(["a"], { model: "other" }))).toBe("MODEL_NOT_FOUND");
  const image = (await sample("cup")).toString("base64");
  const both = await app.inject({
    method: "POST",
    url: "/v1/embed",
    payload: { texts: ["a"], images: [image] },
  });
  expect(both.json()).toMatchObject({ code: "REQUEST_INVALID" });
});
