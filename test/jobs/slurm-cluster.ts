import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { freePorts } from "./free-port.js";

/** A Slurm cluster of this machine alone, for as long as a test runs. Its programs run as root. */
export interface SlurmCluster {
  /** What `sbatch` and others need to find it. */
  readonly environment: NodeJS.ProcessEnv;
  /** Resolves when no job waits or runs. */
  untilDone(): Promise<void>;
  stop(): Promise<void>;
}

/** @param cpus processors that the node says it has: so many tasks run at a time */
export async function startSlurm(folder: string, cpus: number): Promise<SlurmCluster> {
  for (const name of ["state", "spool"]) await mkdir(join(folder, name));
  // munged looks at who may write to each folder above its socket and its key.
  await chmod(folder, 0o755);
  const [key, socket, config] = ["munge.key", "munge.socket", "slurm.conf"].map((name) => join(folder, name));
  await writeFile(key!, randomBytes(1024), { mode: 0o400 });
  await writeFile(config!, await configText(folder, socket!, cpus));
  const environment = { ...process.env, SLURM_CONF: config! };
  const munge = [`--socket=${socket}`, `--key-file=${key}`, `--pid-file=${folder}/munge.pid`];
  const files = [`--log-file=${folder}/munge.log`, `--seed-file=${folder}/munge.seed`];
  const programs = [start("munged", ["--foreground", "--force", ...munge, ...files], environment)];
  programs.push(start("slurmctld", ["-D"], environment), start("slurmd", ["-D", "-N", name()], environment));
  await until("idle", "sinfo", ["-h", "-o", "%T"], environment);
  return {
    environment,
    untilDone: () => until("", "squeue", ["-h"], environment),
    async stop() {
      for (const program of programs.reverse()) await ended(program);
    },
  };
}

function name(): string {
  return hostname().split(".")[0]!;
}

async function configText(folder: string, socket: string, cpus: number): Promise<string> {
  const [controller, daemon] = await freePorts(2);
  return `ClusterName=nearlabel
SlurmctldHost=${name()}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=${socket},cred_expire=5
SlurmctldPort=${controller}
SlurmdPort=${daemon}
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
ReturnToService=2
KillWait=5
NodeName=${name()} NodeAddr=127.0.0.1 CPUs=${cpus} State=UNKNOWN
PartitionName=all Nodes=${name()} Default=YES MaxTime=INFINITE State=UP
`;
}

function start(program: string, args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(program, args, { stdio: "ignore", env });
}

/** Resolves when one of Slurm's programs prints `expected`; those of its own that wait ask less and less often. */
async function until(
  expected: string,
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    try {
      const text = execFileSync(program, args, { encoding: "utf8", env, stdio: "pipe" });
      if (text.trim() === expected) return;
    } catch {
      // It does not answer yet.
    }
    await setTimeout(500);
  }
  throw new Error(`${program} does not print "${expected}"`);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill();
  await once(child, "exit");
}
