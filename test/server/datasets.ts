import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import type { Evaluations } from "../../src/server/evaluations/evaluations.js";
import { openEvaluations } from "../../src/server/evaluations/run-evaluations.js";
import { sample } from "./harness.js";

/** Folders of classes in the data set, and whose sample pictures lie in them: some are wrong on purpose. */
const CLASSES: Readonly<Record<string, readonly string[]>> = {
  bus: ["bus", "house"],
  cup: ["cup", "elephant"],
  elephant: ["elephant"],
};

const opened: Evaluations[] = [];
const folders: string[] = [];
afterAll(async () => {
  for (const evaluations of opened) await evaluations.close();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

/** Makes the folder with the data sets of {@link evaluationsIn}, which goes with the file's tests. */
export async function drawnDataset(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "nearlabel-evaluations-"));
  folders.push(folder);
  for (const [label, names] of Object.entries(CLASSES)) {
    await mkdir(join(folder, "drawn", label), { recursive: true });
    for (const name of names)
      await writeFile(join(folder, "drawn", label, `${name}.png`), await sample(name));
  }
  const good = ["bus", "cup"]
    .map((name) => `${join(folder, "drawn", name, `${name}.png`)},${name}\n`)
    .join("");
  const gone = ["bus", "cup"].map((name) => `${join(folder, "drawn", name, "gone.png")},${name}\n`).join("");
  await mkdir(join(folder, "lists"));
  await writeFile(join(folder, "lists", "mixed.csv"), `path,label\n${good}${gone}`);
  await writeFile(join(folder, "lists", "gone.csv"), `path,label\n${gone}`);
  return folder;
}

/**
 * Evaluations on data sets in `folder`, kept beside them: `drawn`, sample pictures in folders of classes, and `mixed` and `gone`, which
 * name some of them and one that is not there by paths from the root.
 */
export async function evaluationsIn(folder: string): Promise<Evaluations> {
  const evaluations = await openEvaluations({
    datasets: [
      { name: "drawn", path: join(folder, "drawn"), splits: [], labels: Object.keys(CLASSES).length },
      ...["mixed", "gone"].map((name) => ({ name, path: join(folder, "lists", `${name}.csv`), splits: [] })),
    ],
    models: new Map([["mini", { id: "mini", options: {} }]]),
    folder: join(folder, "kept"),
  });
  opened.push(evaluations);
  return evaluations;
}
