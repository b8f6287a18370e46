import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { NearlabelError } from "../errors.js";

let root: URL | undefined;

/** Where `path`, from the folder of nearlabel's `package.json`, is: the built-in model, the samples, the report's script. */
export function packageFile(path: string): URL {
  root ??= packageRoot();
  return new URL(path, root);
}

/** The same as a path of the file system. */
export function packagePath(path: string): string {
  return fileURLToPath(packageFile(path));
}

/** The version of nearlabel, as its `package.json` says. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(packageFile("package.json"), "utf8")) as { version: string }).version;
}

/** The version of an installed package. */
export function installedVersion(name: string): string {
  // Packages need not export their package.json, so it is looked for upwards from the file that they do export.
  let folder = dirname(createRequire(import.meta.url).resolve(name));
  for (; folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, "package.json");
    if (!existsSync(file)) continue;
    const found = JSON.parse(readFileSync(file, "utf8")) as { name?: string; version?: string };
    if (found.name === name) return found.version ?? "of unknown version";
  }
  return "of unknown version";
}

/**
 * Looked for upwards from this file; from a bundle of a program's own, where that program would import nearlabel from.
 * @throws NearlabelError MODEL_FILE_MISSING
 */
function packageRoot(): URL {
  for (let folder = new URL("./", import.meta.url); ; folder = new URL("../", folder)) {
    if (isPackage(new URL("package.json", folder))) return folder;
    if (folder.pathname === new URL("../", folder).pathname) break;
  }
  try {
    return new URL("./", pathToFileURL(createRequire(import.meta.url).resolve("nearlabel/package.json")));
  } catch (cause) {
    throw new NearlabelError(
      "MODEL_FILE_MISSING",
      `The package nearlabel, with its built-in model, was not found from ${fileURLToPath(import.meta.url)}: expected it in a ` +
        "node_modules folder above. Where a program is bundled, install nearlabel beside the bundle, and leave it out of it.",
      { cause },
    );
  }
}

function isPackage(file: URL): boolean {
  try {
    return (JSON.parse(readFileSync(file, "utf8")) as { name?: unknown }).name === "nearlabel";
  } catch {
    return false;
  }
}
