import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Where what users made is kept, such as label sets and API keys: `NEARLABEL_DATA`, or where programs keep data on this system.
 */
export function dataFolder(): string {
  const { env } = process;
  if (env.NEARLABEL_DATA) return env.NEARLABEL_DATA;
  const home = homedir();
  if (process.platform === "win32") {
    return join(env.LOCALAPPDATA || join(home, "AppData", "Local"), "nearlabel", "data");
  }
  if (process.platform === "darwin") return join(home, "Library", "Application Support", "nearlabel");
  return join(env.XDG_DATA_HOME || join(home, ".local", "share"), "nearlabel");
}
