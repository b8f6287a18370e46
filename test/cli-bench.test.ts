import { expect, test } from "vitest";
import { nearlabel } from "./command-line.js";

test("bench measures the vision tower, preprocessing and both, with the settings it tells", async () => {
  const { exitCode, stdout } = await nearlabel(["bench", "--pictures", "8", "--threads", "1"]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^vision tower alone +[\d.]+ +[\d.]+$/m);
  expect(stdout).toMatch(/^decoding and preprocessing alone +[\d.]+ +[\d.]+$/m);
  expect(stdout).toMatch(/^limit of \d+ cores? +[\d.]+ +[\d.]+$/m);
  expect(stdout).toMatch(/both together reach \d+ % of the limit/);
  expect(stdout).toMatch(/^with threads 1, batch size \d+, workers \d+$/m);
});
