import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { jobStatus } from "../../src/jobs/report/status.js";
import { temporaryFolder } from "../folders.js";
import { comesOutAlike, hasProgram } from "./engine-run.js";
import { freePorts } from "./free-port.js";

const EXAMPLE = "examples/jobs/bullmq.mjs";
const isHere = hasProgram("redis-server") && hasModule("bullmq");

describe.skipIf(!isHere)("BullMQ (needs redis-server, and npm install --no-save bullmq ioredis)", () => {
  it("does the same plan to the same table, where a worker is killed too", async () => {
    const port = await startRedis();
    const env = { ...process.env, REDIS_URL: `redis://127.0.0.1:${port}`, LOCK_SECONDS: "2" };
    const worker = (run: string) => started(process.execPath, [EXAMPLE, "work", run], env);
    await comesOutAlike(async (run, shards) => {
      execFileSync(process.execPath, [EXAMPLE, "fill", run], { env });
      const first = worker(run);
      await untilDone(run, 1);
      first.kill("SIGKILL");
      const second = worker(run);
      await untilDone(run, shards);
      const { plan } = await jobStatus(run);
      const events = `bull:nearlabel-${plan.id.slice(0, 12)}:events`;
      expect(
        execFileSync("redis-cli", ["-p", port, "xrange", events, "-", "+"], { encoding: "utf8" }),
      ).toContain("stalled");
      second.kill();
      expect(await once(second, "exit")).toEqual([0, null]);
    });
  });
});

function hasModule(name: string): boolean {
  try {
    return createRequire(import.meta.url).resolve(name) !== "";
  } catch {
    return false;
  }
}

async function startRedis(): Promise<string> {
  const port = String((await freePorts(1))[0]);
  started("redis-server", ["--port", port, "--save", "", "--dir", await temporaryFolder()], process.env);
  for (let tries = 0; tries < 100; tries++) {
    try {
      execFileSync("redis-cli", ["-p", port, "ping"], { stdio: "ignore" });
      return port;
    } catch {
      await setTimeout(100);
    }
  }
  throw new Error("Redis does not start");
}

/** A program that ends with the test at the latest. */
function started(program: string, args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  const child = spawn(program, args, { stdio: "ignore", env });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

async function untilDone(run: string, shards: number): Promise<void> {
  while ((await jobStatus(run)).done < shards) await setTimeout(10);
}
