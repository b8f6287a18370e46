// Two hosts on this machine, each a network namespace, with a slow line between that can be cut (`apt install iproute2`, root).
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const WIRE = fileURLToPath(new URL("wire.py", import.meta.url));
const ip = (...args) => execFileSync("ip", args);

/** Of the hosts, in a network that they alone have. */
export const ADDRESSES = ["10.77.0.1", "10.77.0.2"];

/** @param milliseconds that everything takes from one to the other */
export async function twoHosts(python, milliseconds) {
  const hosts = ADDRESSES.map((address, at) => ({
    name: `nearlabel-${process.pid}-${at}`,
    // Of at most 15 letters.
    interface: `nl${process.pid}-${at}`,
    address,
  }));
  const interfaces = hosts.map((host) => host.interface);
  const wire = spawn(python, [WIRE, ...interfaces, String(milliseconds)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(wire.stdout, "data");
  for (const { name, interface: end, address } of hosts) {
    ip("netns", "add", name);
    ip("link", "set", end, "netns", name);
    ip("-n", name, "address", "add", `${address}/24`, "dev", end);
    for (const link of ["lo", end]) ip("-n", name, "link", "set", link, "up");
  }
  return {
    /** What is put before a command so that it runs on a host. */
    within: hosts.map(({ name }) => ["ip", "netns", "exec", name]),
    /** SIGUSR1 cuts the line, SIGUSR2 mends it. */
    pid: wire.pid,
    /** Ends what still runs on the hosts, and takes them away. */
    async remove() {
      for (const { name } of hosts) {
        const pids = String(execFileSync("ip", ["netns", "pids", name]))
          .trim()
          .split("\n")
          .filter(Boolean);
        for (const pid of pids) kill(Number(pid));
        ip("netns", "delete", name);
      }
      wire.kill();
      await once(wire, "exit");
    },
  };
}

function kill(pid) {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}
