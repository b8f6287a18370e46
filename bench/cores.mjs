import { Worker } from "node:worker_threads";

const TRIPS = 20_000;

/**
 * Nanoseconds in which a number goes from one thread to another and back. About 100 where their cores share a cache; three times
 * that where they do not, and then two threads on one picture are hardly faster than one. A rented machine changes between both.
 */
export async function roundTrip() {
  const number = new Int32Array(new SharedArrayBuffer(4));
  const other = new Worker(new URL("other-core.mjs", import.meta.url), {
    workerData: { number, trips: TRIPS },
  });
  await new Promise((resolve) => other.once("message", resolve));
  const started = performance.now();
  for (let trip = 1; trip <= TRIPS; trip++) {
    Atomics.store(number, 0, 2 * trip - 1);
    while (Atomics.load(number, 0) !== 2 * trip);
  }
  const passed = performance.now() - started;
  await other.terminate();
  return Math.round((1e6 * passed) / TRIPS);
}
