import { expect, it } from "vitest";
import { serverWith } from "./harness.js";

const app = await serverWith();

it("describes each route that a program calls, from the schemas that check it", async () => {
  const { openapi, paths } = (await app.inject("/openapi.json")).json();
  expect(openapi).toBe("3.1.0");
  expect(Object.keys(paths)).toEqual(
    expect.arrayContaining(["/v1/classify", "/v1/label-sets/{name}", "/healthz"]),
  );
  const { requestBody, responses } = paths["/v1/classify"].post;
  expect(Object.keys(requestBody.content)).toEqual(
    expect.arrayContaining(["application/json", "multipart/form-data", "image/jpeg"]),
  );
  expect(requestBody.content["application/json"].schema.properties.topK).toMatchObject({
    type: "integer",
    minimum: 1,
  });
  expect(requestBody.content["application/json"].schema.additionalProperties).toBe(false);
  expect(Object.keys(responses["200"].content)).toEqual([
    "application/json",
    "application/x-ndjson",
    "text/event-stream",
  ]);
  expect(Object.keys(responses.default.content)).toEqual(["application/problem+json"]);
});

it("shows them on a page without scripts", async () => {
  const page = await app.inject("/docs");
  expect(page.headers["content-type"]).toBe("text/html; charset=utf-8");
  expect(page.body).toContain("<b>POST</b> /v1/classify");
  expect(page.body).not.toMatch(/<script|style="|https?:/);
  expect((await app.inject("/docs/style.css")).statusCode).toBe(200);
});

it("counts requests and pictures for Prometheus", async () => {
  await app.inject("/healthz");
  const { body } = await app.inject("/metrics");
  expect(body).toMatch(/nearlabel_request_seconds_count\{method="GET",route="\/healthz",status="200"\} \d/);
  expect(body).toContain('nearlabel_queue_waiting{model="mini"} 0');
});
