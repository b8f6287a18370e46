/**
 * Pictures a second of the vision tower by number of sessions that run at once: in one thread of JavaScript, and each
 * in a worker thread of its own.
 *
 *   node bench/precision/sessions.mjs MODEL [rounds] [batch]
 *
 * The arrangements take turns; medians are printed, with the ratio to one session that has two threads.
 */
import { join } from "node:path";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { median } from "../result.mjs";

async function open({ file, threads, batch, side }) {
  const session = await InferenceSession.create(file, { intraOpNumThreads: threads });
  const pixels = new Tensor("float32", new Float32Array(batch * 3 * side * side).fill(0.1), [
    batch,
    3,
    side,
    side,
  ]);
  return () => session.run({ [session.inputNames[0]]: pixels });
}

async function openWorker(options) {
  const worker = new Worker(new URL(import.meta.url), { workerData: options });
  const answer = () => new Promise((resolve) => worker.once("message", resolve));
  await answer();
  const run = () => {
    worker.postMessage("run");
    return answer();
  };
  return Object.assign(run, { close: () => worker.terminate() });
}

async function main(folder, rounds = "9", batch = "8") {
  const { crop_size } = (await import(join(folder, "preprocessor_config.json"), { with: { type: "json" } }))
    .default;
  const base = { file: join(folder, "onnx/vision_model.onnx"), batch: Number(batch), side: crop_size.height };
  const arrangements = [];
  for (const [name, make, sessions, threads] of [
    ["1 session, 2 threads", open, 1, 2],
    ["2 sessions, 2 threads each", open, 2, 2],
    ["2 sessions, 1 thread each", open, 2, 1],
    ["2 workers, 1 thread each", openWorker, 2, 1],
    ["2 workers, 2 threads each", openWorker, 2, 2],
  ]) {
    const runs = [];
    for (let i = 0; i < sessions; i++) runs.push(await make({ ...base, threads }));
    await Promise.all(runs.map((run) => run()));
    arrangements.push({ name, runs, rates: [] });
  }
  for (let round = 0; round < Number(rounds); round++) {
    for (const { runs, rates } of arrangements) {
      const begin = performance.now();
      await Promise.all(runs.map((run) => run()));
      rates.push((runs.length * base.batch * 1000) / (performance.now() - begin));
    }
  }
  const [first] = arrangements;
  for (const { name, runs, rates } of arrangements) {
    const ratio = median(rates) / median(first.rates);
    console.log(
      `${name.padEnd(28)}${median(rates).toFixed(1).padStart(8)} pictures/s${ratio.toFixed(2).padStart(7)}`,
    );
    for (const run of runs) await run.close?.();
  }
}

if (isMainThread) {
  await main(...process.argv.slice(2));
} else {
  const run = await open(workerData);
  parentPort.on("message", async () => {
    await run();
    parentPort.postMessage("done");
  });
  parentPort.postMessage("open");
}
