import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Where what users made is kept, such as tables of folders, label sets and API keys: `NEARLABEL_DATA`, or a folder among the data of this platform's programs
 * (XDG Base Directory Specification on Linux).
 */
export function dataFolder(env: NodeJS.ProcessEnv = process.env, platform = process.platform): string {
  if (env.NEARLABEL_DATA) return env.NEARLABEL_DATA;
  const home = env.HOME || env.USERPROFILE || homedir();
  if (platform === "win32")
    return join(env.LOCALAPPDATA || join(home, "AppData", "Local"), "nearlabel", "data");
  if (platform === "darwin") return join(home, "Library", "Application Support", "nearlabel");
  return join(env.XDG_DATA_HOME || join(home, ".local", "share"), "nearlabel");
}
