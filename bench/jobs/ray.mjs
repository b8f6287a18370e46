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
  const ray = join(dirname(python), "ray");
  const args = [
    "start",
    "--head",
    "--block",
    `--node-ip-address=${host}`,
    `--port=${port}`,
    `--num-cpus=${cpus}`,
  ];
  const child = spawn(
    python.includes("/") ? ray : "ray",
    [...args, "--include-dashboard=false", `--temp-dir=${join(folder, "r")}`],
    {
      stdio: "ignore",
      env: { ...process.env, RAY_USAGE_STATS_ENABLED: "0" },
    },
  );
  for (let tries = 0; tries < 600 && !(await isOpen(host, port)); tries++) await setTimeout(200);
  return {
    address: `${host}:${port}`,
    async stop() {
      child.kill();
      await once(child, "exit");
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
