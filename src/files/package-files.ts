import type { ChildProcess, StdioOptions } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Worker, WorkerOptions } from "node:worker_threads";
import { NearlabelError } from "../errors.js";

let root: string | undefined;

/**
 * Where `path`, from the folder of nearlabel's `package.json`, is: the built-in model, the samples, the report's script.
 * Never as a URL relative to a file of the source: bundlers take that for a file that they are to copy.
 * @throws NearlabelError MODEL_FILE_MISSING
 */
export function packagePath(path: string): string {
  root ??= packageRoot();
  return join(root, path);
}

let require: NodeJS.Require | undefined;

/** Loads packages as nearlabel finds them, also where a bundler has put this file elsewhere. */
export function packageRequire(): NodeJS.Require {
  require ??= createRequire(packagePath("package.json"));
  return require;
}

/** Starts a thread on a file of nearlabel. */
export function packageThread(path: string, options: WorkerOptions): Worker {
  // Not by `import`, as bundlers look for the file of a thread that they see being made.
  const threads = packageRequire()("node:worker_threads") as typeof import("node:worker_threads");
  // Without the flags of this process: --input-type and the like are refused with a file.
  return new threads.Worker(packagePath(path), { execArgv: [], ...options });
}

/**
 * Where glibc begins to take a piece of memory from the system for itself, and to give it back at once: its own default, which it would
 * raise otherwise to the largest piece that was ever freed, and keep what is smaller.
 */
const GIVE_BACK = { MALLOC_MMAP_THRESHOLD_: String(128 * 1024) };

/** Starts a process on a file of nearlabel, which is told and tells by messages, and prints nothing. */
export function packageProcess(path: string, args: readonly string[] = []): ChildProcess {
  const processes = packageRequire()("node:child_process") as typeof import("node:child_process");
  const stdio: StdioOptions = ["ignore", "ignore", "ignore", "ipc"];
  const env = { ...GIVE_BACK, ...process.env };
  return processes.fork(packagePath(path), args, { execArgv: [], serialization: "advanced", stdio, env });
}

/** The version of nearlabel, as its `package.json` says. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(packagePath("package.json"), "utf8")) as { version: string }).version;
}

/** The version of an installed package. */
export function installedVersion(name: string): string {
  // Packages need not export their package.json, so it is looked for upwards from the file that they do export.
  let folder = dirname(packageRequire().resolve(name));
  for (; folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, "package.json");
    if (!existsSync(file)) continue;
    const found = JSON.parse(readFileSync(file, "utf8")) as { name?: string; version?: string };
    if (found.name === name) return found.version ?? "of unknown version";
  }
  return "of unknown version";
}

/**
 * Looked for upwards from this file; from a bundle of a program's own, where that program would import nearlabel from; then
 * from the working directory, as bundles may lie anywhere and need not tell where.
 */
function packageRoot(): string {
  const here = hereOrUndefined();
  for (
    let folder = here;
    folder !== undefined;
    folder = folder === dirname(folder) ? undefined : dirname(folder)
  ) {
    if (isPackage(folder)) return folder;
  }
  for (const base of [here, process.cwd()]) {
    if (base === undefined) continue;
    try {
      return dirname(createRequire(join(base, "program.js")).resolve("nearlabel/package.json"));
    } catch {
      // Looked for in the next place.
    }
  }
  throw new NearlabelError(
    "MODEL_FILE_MISSING",
    `The package nearlabel, with its built-in model, was not found from ${[here, process.cwd()].filter(Boolean).join(" or ")}: ` +
      "expected it in a node_modules folder above. Where a program is bundled, install nearlabel beside the bundle.",
  );
}

/** The folder of this file; bundles as CommonJS know none. */
function hereOrUndefined(): string | undefined {
  const url: unknown = import.meta.url;
  return typeof url === "string" && url.startsWith("file:") ? dirname(fileURLToPath(url)) : undefined;
}

function isPackage(folder: string): boolean {
  try {
    const { name } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { name?: unknown };
    return name === "nearlabel";
  } catch {
    return false;
  }
}
