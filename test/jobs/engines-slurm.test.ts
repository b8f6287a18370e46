import { execFileSync } from "node:child_process";
import { readdir } from "node:fs/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../folders.js";
import { comesOutAlike, hasProgram, stumblingProgram } from "./engine-run.js";
import { startSlurm } from "./slurm-cluster.js";

const isHere = ["slurmctld", "slurmd", "sbatch", "munged"].every(hasProgram) && process.getuid?.() === 0;

describe.skipIf(!isHere)("Slurm (needs Debian's slurmctld, slurmd and munge, and root)", () => {
  it("does the same plan to the same table, where a task is killed too", async () => {
    const cluster = await startSlurm(await temporaryFolder(), 2);
    onTestFinished(() => cluster.stop());
    const program = await stumblingProgram();
    const output = await temporaryFolder();
    await comesOutAlike(async (run, shards) => {
      execFileSync(
        "sbatch",
        [`--array=0-${shards / 2 - 1}`, `--output=${output}/%a.out`, "examples/jobs/slurm.sh", run, "2"],
        { env: { ...cluster.environment, NEARLABEL: program } },
      );
      await cluster.untilDone();
    });
    expect(await readdir(output)).toHaveLength(4);
  });
});
