import { cp, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { planJob } from "../../src/jobs/plan/make-plan.js";
import type { ShardOutcome } from "../../src/jobs/shard/shard-outcome.js";
import { temporaryFolder } from "../folders.js";

/** What a stream gives, once it has ended. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

export const states = (outcomes: readonly ShardOutcome[]) => outcomes.map(({ state }) => state).sort();

/** A folder of pictures with a plan for it. */
export async function planned(change?: (pictures: string) => Promise<void>, shardSize = 5) {
  const folder = await temporaryFolder();
  const pictures = join(folder, "pictures");
  await mkdir(pictures);
  for (const name of (await readdir("samples")).filter((name) => name.endsWith(".png")).slice(0, 12)) {
    await cp(join("samples", name), join(pictures, name));
  }
  await change?.(pictures);
  const [run, table] = [join(folder, "run"), join(folder, "table")];
  const plan = await planJob(pictures, { out: run, shardSize });
  return { folder, pictures, run, table, plan };
}
