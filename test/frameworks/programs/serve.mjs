/** Starts a Next.js server with this program and its arguments, and posts pictures to it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout } from "node:timers/promises";
import { labelsFrom } from "./post.mjs";

const taken = createServer().listen(0, "127.0.0.1");
await once(taken, "listening");
const { port } = taken.address();
taken.close();

const env = { ...process.env, PORT: String(port), HOSTNAME: "127.0.0.1" };
const server = spawn(process.execPath, process.argv.slice(2), { env, stdio: "inherit" });
const address = `http://127.0.0.1:${port}`;
const listens = () =>
  fetch(address).then(
    () => true,
    () => false,
  );
try {
  while (server.exitCode === null && !(await listens())) await setTimeout(200);
  console.log(await labelsFrom(`${address}/classify`));
} finally {
  server.kill();
}
