import { describe, expect, it } from "vitest";
import type { Encoder } from "../../../src/index.js";
import { mini, serverWith } from "../harness.js";

/** A text to embed, as each client sends it, and where its errors say what is wrong. */
const SHAPES = [
  { url: "/v1/embeddings", payload: { input: "a cat" }, told: "error.message" },
  { url: "/hf/mini", payload: { inputs: "a cat" }, told: "error" },
  { url: "/embed", payload: { inputs: "a cat" }, told: "error" },
];
const OTHERS = [
  { url: "/knn-service", payload: { text: "a cat" }, told: "message" },
  { url: "/predict", payload: {}, told: "detail" },
];

const toldAt = (body: unknown, path: string) =>
  path.split(".").reduce((value, name) => (value as Record<string, unknown>)[name], body);

describe.each([...SHAPES, ...OTHERS])("$url", ({ url, payload, told }) => {
  it("asks for a key in its own way", async () => {
    const app = await serverWith({ keys: { find: () => undefined } });
    const response = await app.inject({ method: "POST", url, payload });
    expect([response.statusCode, response.headers["www-authenticate"]]).toEqual([
      401,
      'Bearer realm="nearlabel"',
    ]);
    expect(toldAt(response.json(), told)).toContain("Expected an API key");
  });
});

describe.each(SHAPES)("$url", ({ url, payload, told }) => {
  it("says when to come again where too much waits, and answers what waits", async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const held: Encoder = {
      identity: mini.identity,
      dimension: mini.dimension,
      scoring: mini.scoring,
      batching: mini.batching,
      embedImages: (images, options) => mini.embedImages(images, options),
      async embedTexts(texts, options) {
        await gate;
        return mini.embedTexts(texts, options);
      },
    };
    const app = await serverWith({ models: { mini: held }, queue: { mostWaiting: 1 } });
    const ask = () => app.inject({ method: "POST", url, payload });
    const [first, second] = [ask(), ask()];
    while (app.service.models.get("mini")!.queue.waiting === 0) await new Promise(setImmediate);
    const refused = await ask();
    expect([refused.statusCode, refused.headers["retry-after"]]).toEqual([429, "1"]);
    expect(toldAt(refused.json(), told)).toContain("Try again in 1 s");
    open();
    expect((await Promise.all([first, second])).map(({ statusCode }) => statusCode)).toEqual([200, 200]);
  });
});
