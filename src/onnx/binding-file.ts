import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { NearlabelError } from "../errors.js";
import { packagePath, packageRequire } from "../files/package-files.js";

/** The release whose binding is called, past `onnxruntime-node`: of another, that interface may be another. */
export const ONNX_RUNTIME_VERSION = "1.30.0";

/** What ONNX Runtime is built for; there is none for musl and for macOS on Intel. */
const PLATFORMS = ["darwin-arm64", "linux-arm64", "linux-x64", "win32-arm64", "win32-x64"];

/**
 * Where ONNX Runtime's binary for this machine is: in `onnxruntime-node` of exactly this release, if a program has installed it
 * (its install script fetches CUDA); else in this package, or in the package for the platform.
 * @throws NearlabelError RUNTIME_MISSING
 */
export function bindingFile(platform: string = `${process.platform}-${process.arch}`): string {
  const official = packageFolder("onnxruntime-node");
  const folders = [
    official && join(official, "bin/napi-v6", ...platform.split("-")),
    packagePath(join("native", platform)),
    packageFolder(`@nearlabel/onnxruntime-${platform}`),
  ];
  for (const folder of folders) {
    const file = folder && join(folder, "onnxruntime_binding.node");
    if (file && existsSync(file)) return file;
  }
  const remedy = PLATFORMS.includes(platform)
    ? "Install nearlabel again with its optional dependencies, on the machine where it is to run."
    : `ONNX Runtime is built for ${PLATFORMS.join(", ")}, on Linux with glibc.`;
  throw new NearlabelError(
    "RUNTIME_MISSING",
    `ONNX Runtime ${ONNX_RUNTIME_VERSION} for ${platform} is not installed. ${remedy}`,
  );
}

/** The folder of an installed package of the release that is needed. */
function packageFolder(name: string): string | undefined {
  try {
    const manifest = packageRequire().resolve(`${name}/package.json`);
    const { version } = packageRequire()(manifest) as { readonly version: string };
    return version === ONNX_RUNTIME_VERSION ? dirname(manifest) : undefined;
  } catch {
    return undefined;
  }
}
