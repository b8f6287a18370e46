import { spawnSync } from "node:child_process";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { commitShards } from "../../src/jobs/commit/commit.js";
import { planJob } from "../../src/jobs/plan/make-plan.js";
import { runJob } from "../../src/jobs/run/run-job.js";
import { temporaryFolder } from "../folders.js";
import { contentOf } from "./table-content.js";

/** The Python that has Ray or PySpark. */
export const PYTHON = process.env.PYTHON ?? "python3";
export const PROGRAM = join(process.cwd(), "dist/bundle/nearlabel.js");

export function hasPackage(name: string): boolean {
  return spawnSync(PYTHON, ["-c", `import ${name}`]).status === 0;
}

export function hasProgram(name: string): boolean {
  return spawnSync("which", [name]).status === 0;
}

/** What `work` leaves of a plan of 24 samples in 8 shards, which must be what one undisturbed process leaves, bit for bit. */
export async function comesOutAlike(
  work: (run: string, shards: number) => void | Promise<void>,
): Promise<void> {
  const folder = await temporaryFolder();
  const contents = [];
  for (const name of ["here", "there"]) {
    const run = join(folder, name);
    const { shards } = await planJob("samples", { out: run, shardSize: 3 });
    if (name === "there") await work(run, shards);
    else for await (const outcome of runJob(run)) expect(outcome.state).toBe("done");
    const { rows } = await commitShards(run, { table: `${run}.db` });
    expect(rows).toBe(24);
    contents.push(await contentOf(`${run}.db`));
  }
  expect(contents[1]).toEqual(contents[0]);
}

/**
 * A program that is nearlabel, but for the first that is started: that one does a shard, begins another, and ends as one that was
 * killed.
 */
export async function stumblingProgram(): Promise<string> {
  const folder = await temporaryFolder();
  const path = join(folder, "nearlabel");
  const nearlabel = `'${process.execPath}' '${PROGRAM}'`;
  await writeFile(
    path,
    `#!/bin/sh
if mkdir '${folder}/stumbled' 2>/dev/null; then
  case "$*" in
    *--stdin*) head -n 1 | ${nearlabel} "$@" ;;
    *) ${nearlabel} "$@" --per-task 1 > /dev/null ;;
  esac
  kill -KILL $$
fi
exec ${nearlabel} "$@"
`,
  );
  await chmod(path, 0o755);
  return path;
}
