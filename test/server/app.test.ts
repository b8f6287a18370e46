import { expect, it } from "vitest";
import type { ApiKey, Scope } from "../../src/server/access/keys.js";
import { expectPicture } from "../../src/server/pictures/picture.js";
import { readForm, readImages } from "../../src/server/pictures/receive.js";
import { tellErrors } from "../../src/server/problems/error-shape.js";
import { RequestError } from "../../src/server/problems/request-error.js";
import { form, listeningAt, sample, serverWith } from "./harness.js";

/** What the route of these tests answers. */
interface Told {
  readonly names: readonly string[];
  readonly norms: readonly number[];
  readonly error: string;
}

it("lists its models, and answers with problems where something is wrong", async () => {
  const app = await serverWith();
  expect((await app.inject("/v1/models")).json().data).toMatchObject([{ id: "mini", dimension: 256 }]);
  const missing = await app.inject("/etc/passwd");
  expect(missing.statusCode).toBe(404);
  expect(missing.headers["content-type"]).toBe("application/problem+json; charset=utf-8");
  expect(missing.json()).toMatchObject({
    type: "urn:nearlabel:error:ROUTE_NOT_FOUND",
    status: 404,
    code: "ROUTE_NOT_FOUND",
    detail: "There is no route GET /etc/passwd.",
    requestId: expect.stringMatching(/^[\da-f-]{36}$/),
  });
});

it("says which methods a route is for", async () => {
  const app = await serverWith();
  const answer = await app.inject({ method: "DELETE", url: "/v1/label-sets/a/versions" });
  expect([answer.statusCode, answer.json().code, answer.headers.allow]).toEqual([
    405,
    "METHOD_NOT_ALLOWED",
    "GET, HEAD",
  ]);
  expect((await app.inject({ method: "POST", url: "/v1/none", payload: {} })).statusCode).toBe(404);
});

it("asks for keys where there are some", async () => {
  const key: ApiKey = { id: "1", name: "page", scopes: ["classify"] };
  const app = await serverWith({ keys: { find: (secret) => (secret === "s3cret" ? key : undefined) } });
  expect((await app.inject("/healthz")).statusCode).toBe(200);
  const refused = await app.inject("/v1/models");
  expect([refused.statusCode, refused.json().code]).toEqual([401, "KEY_INVALID"]);
  const headers = { authorization: "Bearer s3cret" };
  expect((await app.inject({ url: "/v1/models", headers })).json().code).toBe("KEY_SCOPE");
});

it("asks for every scope that a route needs: what is stored, and what is embedded", async () => {
  const table = "/v1/tables/photos";
  const evaluation = { dataset: "drawn", runs: [{}] };
  const routes: readonly [string, string, object | undefined, readonly Scope[]][] = [
    ["POST", "/v1/classify", { labels: ["a"], images: ["AAAA"] }, ["classify"]],
    ["POST", "/v1/embed", { texts: ["a"] }, ["classify"]],
    ["POST", "/v1/search", { query: "a" }, ["read", "classify"]],
    ["POST", `${table}/rank`, { labels: ["a"] }, ["read", "classify"]],
    ["GET", `${table}/suspects`, undefined, ["read", "classify"]],
    ["GET", `${table}/duplicates`, undefined, ["read", "classify"]],
    ["POST", "/knn-service", { text: "a" }, ["read", "classify"]],
    ["GET", `${table}/images`, undefined, ["read"]],
    ["GET", `${table}/ids`, undefined, ["read"]],
    ["POST", `${table}/export`, { ids: [], format: "csv" }, ["read"]],
    ["PUT", `${table}/given-labels`, { labels: [] }, ["write"]],
    ["POST", `${table}/labelling`, { labels: ["a"], save: "a" }, ["write", "classify"]],
    ["POST", `${table}/not-duplicates`, { ids: [] }, ["write"]],
    ["PUT", "/v1/label-sets/a", { labels: ["a"] }, ["write"]],
    ["POST", "/v1/evaluations", evaluation, ["write", "classify"]],
    ["GET", "/metrics", undefined, ["read"]],
  ];
  const all: readonly Scope[] = ["read", "classify", "write"];
  for (const [method, url, payload, needed] of routes) {
    const statusWith = async (scopes: readonly Scope[]) => {
      const app = await serverWith({ keys: { find: () => ({ id: "1", name: "page", scopes }) } });
      const answer = await app.inject({ method: method as "GET", url, ...(payload && { payload }) });
      return answer.statusCode;
    };
    expect([url, await statusWith(needed)]).not.toEqual([url, 403]);
    for (const missing of needed) {
      const others = all.filter((scope) => scope !== missing);
      expect([url, missing, await statusWith(others)]).toEqual([url, missing, 403]);
    }
  }
});

it("gives routes their pictures, however they came, and errors their shape", async () => {
  const app = await serverWith();
  await app.register(async (scope) => {
    tellErrors(scope, ({ detail }) => ({ error: detail }));
    const config = { scope: "classify" } as const;
    scope.post("/norms", { config, preValidation: readForm, preHandler: readImages }, async (request) => {
      const pictures = request.pictures.map(expectPicture);
      const batch = await request.encoder("mini").embedImages(pictures.map(({ bytes }) => bytes));
      return { names: pictures.map(({ name }) => name), norms: [...batch.norms] };
    });
    scope.get("/busy", { config }, async () => {
      throw new RequestError("SERVER_BUSY", "Too much.", { retryAfter: 2 });
    });
  });
  const url = await listeningAt(app);
  const bus = await sample("bus");
  const post = async (init: RequestInit) =>
    (await fetch(`${url}/norms`, { method: "POST", ...init })).json() as Promise<Told>;
  const asForm = await post({ body: form({ "bus.png": bus, "cut.png": bus.subarray(0, 900) }) });
  expect(asForm).toEqual({ names: ["bus.png", "cut.png"], norms: [expect.any(Number), 0] });
  const asBytes = await post({ body: new Uint8Array(bus), headers: { "content-type": "image/png" } });
  const json = { "content-type": "application/json" };
  const asText = await post({
    body: JSON.stringify({ images: [`data:image/png;base64,${bus.toString("base64")}`] }),
    headers: json,
  });
  expect([asBytes.norms, asText.norms]).toEqual([[asForm.norms[0]], [asForm.norms[0]]]);
  const path = await post({ body: JSON.stringify({ images: ["../photos/bus.png"] }), headers: json });
  expect(path.error).toMatch(/^Picture "0": expected/);
  const busy = await fetch(`${url}/busy`);
  expect([busy.status, busy.headers.get("retry-after"), await busy.json()]).toEqual([
    429,
    "2",
    { error: "Too much." },
  ]);
});
