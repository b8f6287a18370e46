import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { Socket } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { PYTHON } from "./engine-run.js";
import { freePorts } from "./free-port.js";

/** A node of a Ray cluster, of which one machine may have several. */
export interface RayNode {
  /** `host:port` of the cluster. */
  readonly address: string;
  /** Takes the node away as if its machine had lost power. */
  kill(): Promise<void>;
}

/** @param folder short, as Ray puts sockets below it, whose paths may have some hundred letters */
export async function startRayHead(folder: string, cpus: number): Promise<RayNode> {
  const [port, dashboard] = await freePorts(2);
  const address = `127.0.0.1:${port}`;
  const node = startNode([
    "--head",
    `--dashboard-port=${dashboard}`,
    "--node-ip-address=127.0.0.1",
    `--port=${port}`,
    `--num-cpus=${cpus}`,
    `--temp-dir=${folder}`,
  ]);
  for (let tries = 0; tries < 600 && !(await isOpen(port!)); tries++) await setTimeout(200);
  return { address, kill: () => end(node) };
}

/** A node more of the cluster at `address`. */
export function startRayNode(address: string, cpus: number): RayNode {
  const node = startNode([`--address=${address}`, `--num-cpus=${cpus}`]);
  return { address, kill: () => end(node) };
}

function startNode(args: readonly string[]): ChildProcess {
  const ray = PYTHON.includes("/") ? join(dirname(PYTHON), "ray") : "ray";
  return spawn(ray, ["start", "--block", "--disable-usage-stats", ...args], {
    stdio: "ignore",
  });
}

async function end(node: ChildProcess): Promise<void> {
  if (node.exitCode !== null || node.signalCode !== null) return;
  const ended = once(node, "exit");
  for (const pid of withDescendants(node.pid!)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended with another.
    }
  }
  await ended;
}

/** Ray's programs outlive the one that started them. */
function withDescendants(pid: number): number[] {
  const pairs = execFileSync("ps", ["-eo", "pid=,ppid="], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const found = [pid];
  for (const parent of found) found.push(...pairs.filter(([, of]) => of === parent).map(([child]) => child!));
  return found;
}

async function isOpen(port: number): Promise<boolean> {
  const socket = new Socket();
  try {
    socket.connect(port, "127.0.0.1");
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
