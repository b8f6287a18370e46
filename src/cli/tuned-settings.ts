import { existsSync, readFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { availableParallelism, homedir } from "node:os";
import { join, resolve } from "node:path";
import { NearlabelError, systemErrorCode } from "../errors.js";
import { makeFolder } from "../files/folders.js";
import type { Parallelism } from "../onnx/parallelism.js";
import type { Terminal } from "./terminal/terminal.js";

/**
 * What `nearlabel bench --tune` found, kept for later runs in `tuning.json`. It changes how fast a run is, and no bit of
 * its results.
 */

/** What settings are kept for: a model by name rather than by fingerprint, as that takes reading all of its weights. */
export interface TunedFor {
  /** `mini`, a folder, or a hub id. */
  readonly model: string;
  readonly dtype?: string | undefined;
  readonly device?: string | undefined;
}

/**
 * Where settings are kept: `NEARLABEL_CONFIG`, or a folder among the settings of this platform's programs (XDG Base
 * Directory Specification on Linux).
 */
export function configFolder(env: NodeJS.ProcessEnv = process.env, platform = process.platform): string {
  if (env.NEARLABEL_CONFIG) return env.NEARLABEL_CONFIG;
  const home = env.HOME || env.USERPROFILE || homedir();
  if (platform === "win32") return join(env.APPDATA || join(home, "AppData", "Roaming"), "nearlabel");
  if (platform === "darwin") return join(home, "Library", "Application Support", "nearlabel");
  return join(env.XDG_CONFIG_HOME || join(home, ".config"), "nearlabel");
}

export function tuningFile(): string {
  return join(configFolder(), "tuning.json");
}

/** The settings that are kept for this model on this machine. A file that cannot be read stops no run: stderr is told. */
export function tunedSettings(
  wanted: TunedFor,
  { stderr }: Pick<Terminal, "stderr">,
): Parallelism | undefined {
  try {
    return readTunings()[keyOf(wanted)];
  } catch (error) {
    if (!(error instanceof NearlabelError)) throw error;
    stderr.write(`${error.message} The run goes on with the usual settings.\n`);
    return undefined;
  }
}

/**
 * Keeps `settings`, or with `undefined` forgets those that are kept. Returns whether there were any.
 * @throws NearlabelError OPTION_INVALID for a damaged file, WRITE_FAILED
 */
export async function keepTunedSettings(
  wanted: TunedFor,
  settings: Parallelism | undefined,
): Promise<boolean> {
  const { [keyOf(wanted)]: before, ...others } = readTunings();
  if (before === undefined && settings === undefined) return false;
  const file = tuningFile();
  const all = settings ? { ...others, [keyOf(wanted)]: settings } : others;
  try {
    await makeFolder(configFolder());
    // By a second file, so that one that is read at the same time is whole.
    await writeFile(`${file}.${process.pid}`, `${JSON.stringify(all, null, 2)}\n`);
    await rename(`${file}.${process.pid}`, file);
  } catch (cause) {
    throw new NearlabelError(
      "WRITE_FAILED",
      `${file} cannot be written (${systemErrorCode(cause) ?? String(cause)}). Check who may write there, or set NEARLABEL_CONFIG to another folder.`,
      { cause },
    );
  }
  return before !== undefined;
}

function keyOf({ model, dtype = "fp32", device = "cpu" }: TunedFor): string {
  const place = existsSync(model) ? resolve(model) : model;
  return `${place} ${dtype} ${device} ${availableParallelism()} cores`;
}

/** @throws NearlabelError OPTION_INVALID for a damaged file */
export function readTunings(): Readonly<Record<string, Parallelism>> {
  const file = tuningFile();
  try {
    const found: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (!isTunings(found)) throw new Error("expected threads, batchSize and workers for each model");
    return found;
  } catch (cause) {
    if (systemErrorCode(cause) === "ENOENT") return {};
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new NearlabelError(
      "OPTION_INVALID",
      `${file} holds no settings of nearlabel bench --tune: ${reason}. Delete it.`,
      { cause },
    );
  }
}

function isTunings(value: unknown): value is Record<string, Parallelism> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every(
    (entry) => isWhole(entry?.threads, 0) && isWhole(entry?.batchSize, 1) && isWhole(entry?.workers, 0),
  );
}

function isWhole(value: unknown, least: number): boolean {
  return Number.isInteger(value) && (value as number) >= least;
}
