/** The other end of `roundTrip`: adds one to each odd number that comes. */
import { parentPort, workerData } from "node:worker_threads";

const { number, trips } = workerData;
parentPort.postMessage("ready");
for (let trip = 1; trip <= trips; trip++) {
  while (Atomics.load(number, 0) !== 2 * trip - 1);
  Atomics.store(number, 0, 2 * trip);
}
