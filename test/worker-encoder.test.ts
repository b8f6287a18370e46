import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { openAsBlob, readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { getPriority } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Worker } from "node:worker_threads";
import { afterAll, expect, it } from "vitest";
import type { ImageSource, Notice } from "../src/index.js";
import { temporaryFolder } from "./folders.js";

/** The thread runs what is compiled, so that its embeddings are compared with those of the compiled library. */
const { createClassifier, imageFile, loadInWorker, loadModel } = (await import(
  new URL("../dist/index.js", import.meta.url).href
)) as typeof import("../src/index.js");

const sample = (name: string) => fileURLToPath(new URL(`../samples/${name}.png`, import.meta.url));
const grey = (level: number): ImageSource => ({
  data: new Uint8Array(32 * 32).fill(level),
  width: 32,
  height: 32,
  channels: 1,
});
const notices: Notice[] = [];
const worker = await loadInWorker("mini", { onNotice: (notice) => notices.push(notice) });
const local = await loadModel("mini");
afterAll(async () => {
  await worker.close();
  await local.close();
});

it("is the same encoder as the model on this thread", async () => {
  expect(worker.identity.id).toBe("mini");
  expect(worker.identity.pictures).toBe(local.identity.pictures);
  expect(await worker.identity.fingerprint()).toBe(await local.identity.fingerprint());
  expect(worker).toMatchObject({
    dimension: local.dimension,
    scoring: local.scoring,
    batching: local.batching,
  });
});

it("gives the same embeddings and errors, to the bit", async () => {
  const texts = ["a photo of a cat", "two dogs", "x ".repeat(100)];
  expect(await worker.embedTexts(texts)).toEqual(await local.embedTexts(texts));
  expect(notices).toMatchObject([{ code: "TEXT_TRUNCATED" }]);
  const images = [
    grey(7),
    new Uint8Array(0),
    await openAsBlob(sample("bus")),
    new File([new Uint8Array(8)], "named.png"),
    "text names no file" as unknown as ImageSource,
    ...Array.from({ length: 40 }, (_, level) => grey(level)),
  ];
  const [theirs, ours] = [await worker.embedImages(images), await local.embedImages(images)];
  expect(theirs.embeddings).toEqual(ours.embeddings);
  expect(theirs.norms).toEqual(ours.norms);
  const told = ({ errors }: typeof ours) =>
    [...errors].map(([position, { code, message }]) => [position, code, message]).sort();
  expect(told(theirs)).toEqual(told(ours));
  expect(told(ours).map(([position]) => position)).toEqual([1, 3, 4]);
  expect(Object.hasOwn(theirs.errors.get(4)!, "cause")).toBe(Object.hasOwn(ours.errors.get(4)!, "cause"));
});

it("moves bytes that are given to it, copies others, and leaves those of a part alone", async () => {
  const whole = () => new Uint8Array(readFileSync(sample("bus")));
  const [given, kept] = [whole(), whole()];
  const around = new Uint8Array(given.length + 10);
  around.set(given, 5);
  const part = around.subarray(5, 5 + given.length);
  const [expected] = (await local.embedImages([kept])).norms;
  const moved = await worker.embedImages([given, given, part], { transfer: true });
  expect([...moved.norms]).toEqual([expected, expected, expected]);
  expect([...(await worker.embedImages([kept])).norms]).toEqual([expected]);
  expect([given.length, part.length, kept.length]).toEqual([0, kept.length, kept.length]);
});

it.skipIf(process.platform === "win32")("calls a pipe what the model calls it", async () => {
  const folder = await temporaryFolder();
  const path = join(folder, "scan.png");
  execFileSync("mkfifo", [path]);
  const messages: string[] = [];
  for (const encoder of [worker, local]) {
    const embedded = encoder.embedImages([imageFile(path, { pipe: true })]);
    await writeFile(path, "no picture");
    messages.push((await embedded).errors.get(0)!.message);
  }
  expect(messages[0]).toContain("scan.png");
  expect(messages[0]).toBe(messages[1]);
});

it("is all that a classifier needs, and leaves this thread free", async () => {
  await using classifier = await createClassifier({ labels: ["bus", "cup"], model: worker });
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const images = Array.from({ length: 200 }, () => grey(1));
  const results = await classifier.classify([...images, sample("bus")]);
  clearInterval(timer);
  expect(results.at(-1)?.predictions?.[0]?.label).toBe("bus");
  expect(turns).toBeGreaterThan(5);
});

it("rejects with the signal's reason, and goes on with what comes after", async () => {
  const reason = new Error("enough");
  const stop = new AbortController();
  const many = Array.from({ length: 2000 }, (_, level) => grey(level % 256));
  const embedding = worker.embedImages(many, { signal: stop.signal, onProgress: () => stop.abort(reason) });
  await expect(embedding).rejects.toBe(reason);
  expect((await worker.embedTexts(["after"])).errors.size).toBe(0);
  await expect(worker.embedTexts(["before"], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});

it("refuses what is no list, as the model does", async () => {
  await expect(worker.embedTexts("one" as unknown as string[])).rejects.toThrow(TypeError);
  await expect(worker.embedTexts([1 as unknown as string])).rejects.toThrow(/texts\[0\] to be a string/);
  await expect(worker.embedImages(imageFile("one.png") as never)).rejects.toThrow(TypeError);
});

it("tells why a model cannot be loaded, and that it was closed", async () => {
  await expect(loadInWorker("./no-such-model")).rejects.toMatchObject({ code: "MODEL_NOT_FOUND" });
  await expect(loadInWorker("mini", { signal: AbortSignal.abort(new Error("no")) })).rejects.toThrow("no");
  const closed = await loadInWorker();
  const last = closed.embedTexts(["the last"]);
  await closed.close();
  expect((await last).errors.size).toBe(0);
  await expect(closed.embedTexts(["one more"])).rejects.toMatchObject({ code: "MODEL_CLOSED" });
});

it("is closed while it has much to answer, before the program ends", () => {
  const library = new URL("../dist/index.js", import.meta.url).href;
  const program = `
    const { loadInWorker } = await import(${JSON.stringify(library)});
    const encoder = await loadInWorker();
    const texts = ["one", "two"].map((text) => encoder.embedTexts([text]));
    await encoder.close();
    console.log((await Promise.all(texts)).length);
  `;
  const said = execFileSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  expect(said).toBe("2\n");
});

it("says that its thread ended to whoever asks later, and closes", async () => {
  const started = once(process, "worker");
  const encoder = await loadInWorker();
  const [thread] = (await started) as [Worker];
  await thread.terminate();
  await expect(encoder.embedTexts(["late"])).rejects.toMatchObject({ code: "INTERNAL" });
  await encoder.close();
  await expect(encoder.embedTexts(["later"])).rejects.toMatchObject({ code: "MODEL_CLOSED" });
});

it.skipIf(process.platform !== "linux")(
  "gives way to this thread: its threads have a lower priority",
  async () => {
    await worker.embedImages([grey(1), grey(2)]);
    const own = getPriority(0);
    expect(niceness(process.pid)).toBe(own);
    expect(readdirSync("/proc/self/task").some((thread) => niceness(thread) === own + 1)).toBe(true);
  },
);

/** The 19th field of proc(5), counted from behind the name, which may hold blanks. */
function niceness(thread: number | string): number {
  const stat = readFileSync(`/proc/self/task/${thread}/stat`, "utf8");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[16]);
}
