/** A thread that asks /healthz fifty times a second, so that what its neighbours do is not in what it measures. */
import { Agent } from "node:http";
import { parentPort, workerData } from "node:worker_threads";
import { ask } from "./clients.mjs";

const agent = new Agent({ keepAlive: true });
const times = [];
const begin = performance.now() + workerData.warmUp;
let isOver = false;
parentPort.once("message", () => {
  isOver = true;
});
while (!isOver) {
  const from = performance.now();
  await ask({ port: workerData.port, path: "/healthz", agent });
  if (from > begin) times.push(performance.now() - from);
  await new Promise((resolve) => setTimeout(resolve, 20));
}
agent.destroy();
parentPort.postMessage(times);
