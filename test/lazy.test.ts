import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { lazy } from "../src/files/lazy.js";

/** Opens 1, 2, 3 and so on, each when told to; an abort ends it. */
function counting() {
  let opened = 0;
  let finish = () => {};
  const value = lazy(async (signal) => {
    opened++;
    const number = opened;
    await new Promise<void>((resolve, reject) => {
      finish = resolve;
      signal.addEventListener("abort", () => reject(signal.reason));
    });
    return number;
  });
  return { value, finish: () => finish(), opened: () => opened };
}

test("a value is opened once for all who ask", async () => {
  const { value, finish } = counting();
  const asked = [value(), value(AbortSignal.timeout(60_000)), value()];
  await turn();
  finish();
  expect(await Promise.all(asked)).toEqual([1, 1, 1]);
  expect(await value()).toBe(1);
});

test("a failure is told to all who wait, and not kept", async () => {
  let tries = 0;
  const value = lazy(async () => {
    tries++;
    if (tries === 1) throw new Error("not yet");
    return tries;
  });
  const [first, second] = await Promise.allSettled([value(), value()]);
  expect([first.status, second.status]).toEqual(["rejected", "rejected"]);
  expect(await value()).toBe(2);
});

test("who gives up ends the opening only where nobody else waits for it", async () => {
  const { value, finish, opened } = counting();
  const stop = new AbortController();
  const given = value(stop.signal);
  const other = value();
  await turn();
  stop.abort(new Error("enough"));
  await expect(given).rejects.toThrow("enough");
  finish();
  expect(await other).toBe(1);

  await value.take();
  const alone = new AbortController();
  const stopped = value(alone.signal);
  await turn();
  alone.abort(new Error("enough"));
  await expect(stopped).rejects.toThrow("enough");
  const again = value();
  await turn();
  finish();
  expect(await again).toBe(3);
  expect(opened()).toBe(3);
  await expect(value(AbortSignal.abort(new Error("before")))).rejects.toThrow("before");
});

test("what is taken is given up by the one and opened anew by the next", async () => {
  const { value, finish } = counting();
  expect(await value.take()).toBeUndefined();
  const first = value();
  await turn();
  finish();
  await first;
  expect(await value.take()).toBe(1);
  const second = value();
  await turn();
  const taken = value.take(new Error("closed"));
  await expect(second).rejects.toThrow("closed");
  expect(await taken).toBeUndefined();
});
