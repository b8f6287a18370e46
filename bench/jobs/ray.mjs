// A Ray cluster of this machine, apart from the driver, so that the driver can be killed.

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, Socket } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";

export async function startRay({ python, cpus, folder, host = "127.0.0.1" }) {
  // Ray asks for a token, which the head and all who come to it must have.
  Object.assign(process.env, { RAY_AUTH_MODE: "token", RAY_AUTH_TOKEN: randomBytes(32).toString("hex") });
  const port = await freePort();
  const place = [`--port=${port}`, "--include-dashboard=false", `--temp-dir=${join(folder, "r")}`];
  const node = startNode({ python, cpus, host }, ["--head", ...place]);
  for (let tries = 0; tries < 600 && !(await isOpen(host, port)); tries++) await setTimeout(200);
  return { address: `${host}:${port}`, ...node };
}

/** Another node of the cluster at `address`, on another host, which has a folder of its own where the first one has `folder`. */
export function joinRay({ python, cpus, folder, host, address, within }) {
  const own = ["sh", "-c", 'mount -t tmpfs -o size=256m tmpfs "$0" && exec "$@"', join(folder, "r")];
  return startNode({ python, cpus, host, within: [...within, ...own] }, [`--address=${address}`]);
}

function startNode({ python, cpus, host, within = [] }, place) {
  const ray = python.includes("/") ? join(dirname(python), "ray") : "ray";
  const [command, ...args] = [...within, ray, "start", "--block", ...place];
  const room = [`--num-cpus=${cpus}`, "--object-store-memory=100000000"];
  const child = spawn(command, [...args, `--node-ip-address=${host}`, ...room], {
    stdio: "ignore",
    env: { ...process.env, RAY_USAGE_STATS_ENABLED: "0" },
  });
  const ended = once(child, "exit");
  return {
    pid: child.pid,
    async stop() {
      child.kill();
      await ended;
    },
  };
}

async function isOpen(host, port) {
  const socket = new Socket();
  try {
    socket.connect(port, host);
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function freePort() {
  const server = createServer();
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}
