import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { nearlabel } from "./command-line.js";
import { temporaryFolder } from "./folders.js";

const SAMPLES = fileURLToPath(new URL("../samples", import.meta.url));

let file: string;
beforeEach(async () => {
  const folder = join(await temporaryFolder(), "config");
  file = join(folder, "tuning.json");
  vi.stubEnv("NEARLABEL_CONFIG", folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const tune = (...flags: string[]) =>
  nearlabel(["bench", "--tune", "--pictures", "8", "--seconds", "0", ...flags]);
const classifySamples = () => nearlabel(["classify", SAMPLES, "--labels", "cup,bus", "--jsonl"]);
const kept = async () => Object.entries(JSON.parse(await readFile(file, "utf8")));

test("bench measures the vision tower, preprocessing and both, and keeps nothing", async () => {
  const { exitCode, stdout } = await nearlabel(["bench", "--pictures", "8"]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^vision tower alone +[\d.]+ +[\d.]+$/m);
  expect(stdout).toMatch(/^decoding and preprocessing alone +[\d.]+ +[\d.]+$/m);
  expect(stdout).toMatch(/^limit of \d+ cores? +[\d.]+ +[\d.]+$/m);
  expect(stdout).toMatch(/both together reach \d+ % of the limit/);
  await expect(readFile(file)).rejects.toMatchObject({ code: "ENOENT" });
});

test("what bench --tune finds is kept, used, changes no result, and can be forgotten", async () => {
  const before = await classifySamples();
  const { exitCode, stdout } = await tune();
  expect(exitCode).toBe(0);
  expect(stdout).toContain(`kept in ${file}`);
  expect(stdout.match(/taken$/gm)).toHaveLength(3);
  const [[key, settings]] = (await kept()) as [[string, { batchSize: number }]];
  expect(key).toMatch(/^mini fp32 cpu \d+ cores$/);

  await writeFile(file, JSON.stringify({ [key]: { ...settings, batchSize: 3, workers: 0, threads: 1 } }));
  expect((await classifySamples()).stdout).toBe(before.stdout);
  const bench = await nearlabel(["bench", "--pictures", "8"]);
  expect(bench.stdout).toContain("with threads 1, batch size 3, workers 0");

  expect((await tune("--reset")).stdout).toBe(`Forgotten in ${file}.\n`);
  expect(await kept()).toEqual([]);
  expect((await tune("--reset")).stdout).toBe("Nothing is kept for mini.\n");
});

test("settings of other models and machines stay; --threads is kept as given", async () => {
  expect((await tune("--threads", "1")).stdout).not.toMatch(/^threads {2}/m);
  await writeFile(
    file,
    JSON.stringify({ "other fp32 cpu 2 cores": { threads: 1, batchSize: 1, workers: 0 } }),
  );
  await tune();
  expect((await kept()).map(([key]) => key)).toHaveLength(2);
});

test("a damaged file stops no run and is told of; --tune does not write over it", async () => {
  await tune();
  await writeFile(file, '{"mini fp32 cpu 2 cores": {"threads": -1}}');
  const { exitCode, stderr } = await classifySamples();
  expect(exitCode).toBe(0);
  expect(stderr).toContain(`${file} holds no settings of nearlabel bench --tune`);
  const again = await tune();
  expect(again.exitCode).not.toBe(0);
  expect(again.stderr).toContain("OPTION_INVALID");
});
