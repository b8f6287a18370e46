import { execFileSync, spawnSync } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../folders.js";
import { comesOutAlike, hasPackage, PYTHON, stumblingProgram } from "./engine-run.js";

const isHere = hasPackage("pyspark") && spawnSync("java", ["-version"]).status === 0;

describe.skipIf(!isHere)("Spark, two executors (needs PYTHON with pyspark, and Java)", () => {
  it("does the same plan to the same table, where a worker is killed too", async () => {
    const events = await temporaryFolder();
    const program = await stumblingProgram();
    await comesOutAlike((run, shards) => {
      const printed = execFileSync(PYTHON, ["examples/jobs/spark.py", run, String(shards), "2"], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
        env: {
          ...process.env,
          NEARLABEL: program,
          PYSPARK_PYTHON: PYTHON,
          PYSPARK_SUBMIT_ARGS: `--master local-cluster[2,1,1024] ${settings(events)} pyspark-shell`,
          SPARK_LOCAL_IP: "127.0.0.1",
        },
      });
      // A shard that the killed worker had done is there when its partition is tried again.
      const { done, present = 0 } = JSON.parse(printed);
      expect(done + present).toBe(8);
    });
    const tasks = (await eventsIn(events)).filter(({ Event }) => Event === "SparkListenerTaskEnd");
    expect(new Set(tasks.map((task) => task["Task Info"]["Executor ID"]))).toEqual(new Set(["0", "1"]));
    expect(tasks.filter((task) => task["Task Info"].Failed)).toHaveLength(1);
  });
});

function settings(events: string): string {
  return Object.entries({
    "spark.ui.enabled": false,
    "spark.eventLog.enabled": true,
    "spark.eventLog.dir": `file://${events}`,
    "spark.eventLog.rolling.enabled": false,
    "spark.eventLog.compress": false,
  })
    .map(([name, value]) => `--conf ${name}=${value}`)
    .join(" ");
}

async function eventsIn(folder: string) {
  const [name] = await readdir(folder);
  const lines = (await readFile(join(folder, name!), "utf8")).trim().split("\n");
  return lines.map((line) => JSON.parse(line));
}
