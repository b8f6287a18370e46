import { once } from "node:events";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { classify } from "nearlabel";

const label = async (name) => {
  const [result] = await classify([`node_modules/nearlabel/samples/${name}.png`], { labels: ["bus", "cup"] });
  return result.predictions[0].label;
};

if (isMainThread) {
  const workers = [1, 2].map(() => once(new Worker(new URL(import.meta.url)), "message"));
  const [main, [first], [second]] = await Promise.all([label("cup"), ...workers]);
  if (first !== second) throw new Error(`the workers answered ${first} and ${second}`);
  console.log(first, main);
} else {
  parentPort.postMessage(await label("bus"));
}
