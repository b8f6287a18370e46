import { spawn } from "node:child_process";
import { type Terminal, writeLine } from "../terminal/terminal.js";

/** What opens an address in the browser that a person has chosen. */
const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ["open"],
  // `start` is of the shell; its first word in quotes is a title.
  win32: ["cmd", "/c", "start", '""'],
};

/** Opens an address in the browser, or says that none was found: the address is printed all the same. */
export function openPage(address: string, { stderr }: Terminal): void {
  const [command, ...words] = OPENERS[process.platform] ?? ["xdg-open"];
  const opener = spawn(command, [...words, address], { stdio: "ignore", detached: true });
  opener.on("error", () => writeLine(stderr, `No browser was found to open ${address}`));
  opener.unref();
}
