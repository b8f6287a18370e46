import { spawn } from "node:child_process";
import { type Terminal, writeLine } from "../terminal/terminal.js";

/** What opens an address in the browser that a person has chosen. */
const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ["open"],
  // `start` is of the shell; its first word in quotes is a title.
  win32: ["cmd", "/c", "start", '""'],
};

/**
 * Whether somebody looks at this terminal on a desktop of this machine, and may be shown a page unasked: neither in a service, nor over
 * SSH, nor where a program builds and tests.
 */
export function isAtDesktop({ stdin, stderr }: Terminal): boolean {
  const { CI, SSH_CONNECTION, SSH_TTY, DISPLAY, WAYLAND_DISPLAY } = process.env;
  if (!stdin.isTTY || !stderr.isTTY || CI || SSH_CONNECTION || SSH_TTY) return false;
  return process.platform in OPENERS || Boolean(DISPLAY || WAYLAND_DISPLAY);
}

/** Opens an address in the browser, or says that none was found: the address is printed all the same. */
export function openPage(address: string, { stderr }: Terminal): void {
  const [command, ...words] = OPENERS[process.platform] ?? ["xdg-open"];
  const opener = spawn(command, [...words, address], { stdio: "ignore", detached: true });
  opener.on("error", () => writeLine(stderr, `No browser was found to open ${address}`));
  opener.unref();
}
