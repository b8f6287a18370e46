import { Agent, request } from "undici";
import { expect, it } from "vitest";
import { form, listeningAt, sample, serverWith } from "./harness.js";

const bus = await sample("bus");

it("finishes what runs, cuts nobody off, and is closed soon after the last answer", async () => {
  const app = await serverWith();
  const url = await listeningAt(app);
  const agent = new Agent({ keepAliveTimeout: 60_000 });
  await (await request(`${url}/healthz`, { dispatcher: agent })).body.text();
  let came = 0;
  app.server.on("request", () => came++);
  const running = Array.from({ length: 4 }, () =>
    fetch(`${url}/v1/classify`, {
      method: "POST",
      body: form({ "a.png": bus }, { labels: "a,b" }),
    }),
  );
  while (came < 4) await new Promise((resolve) => setTimeout(resolve, 5));
  const closed = app.close().then(() => performance.now());
  const answers = await Promise.all(
    running.map(async (each) => (await each).json() as Promise<{ results: unknown[] }>),
  );
  const last = performance.now();
  expect(answers.map(({ results, ...problem }) => results?.length ?? problem)).toEqual(Array(4).fill(1));
  expect((await closed) - last).toBeLessThan(1000);
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  await agent.close();
});

it("says that it is not ready once it closes", async () => {
  const app = await serverWith();
  expect((await app.inject("/readyz")).statusCode).toBe(200);
  app.isClosing = true;
  const answer = await app.inject("/readyz");
  expect([answer.statusCode, answer.json().code]).toEqual([503, "SERVER_CLOSING"]);
});

it("takes the work of a client that went away out of the queue", async () => {
  const app = await serverWith({ queue: { largestBatch: 1 } });
  const url = await listeningAt(app);
  const stop = new AbortController();
  const body = form(Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`${at}.png`, bus])), {
    labels: "a,b",
  });
  const gone = fetch(`${url}/v1/classify`, { method: "POST", body, signal: stop.signal });
  const { queue } = app.service.models.get("mini")!;
  while (queue.waiting === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  stop.abort();
  await expect(gone).rejects.toThrow();
  while (queue.waiting + queue.running > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(queue.done.items).toBeLessThan(60);
});

it("answers with 503 what takes longer than a request may", async () => {
  const app = await serverWith({ limits: { seconds: 0.05 }, queue: { largestBatch: 1 } });
  const images = Array(40).fill(bus.toString("base64"));
  const answer = await app.inject({
    method: "POST",
    url: "/v1/classify",
    payload: { labels: ["a"], images },
  });
  expect([answer.statusCode, answer.json().code, answer.headers["retry-after"]]).toEqual([
    503,
    "SERVER_TIMEOUT",
    "1",
  ]);
});
