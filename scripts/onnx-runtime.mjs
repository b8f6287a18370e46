/** The binary of ONNX Runtime as onnxruntime-node has it, by platform. */
import { cpSync, existsSync, readFileSync } from "node:fs";

const RUNTIME = new URL("../node_modules/onnxruntime-node/", import.meta.url);
const LICENSES = new URL("../licenses/onnxruntime/", import.meta.url);

/** As package managers name them; there is none for musl and for macOS on Intel. */
export const platforms = ["darwin-arm64", "linux-arm64", "linux-x64", "win32-arm64", "win32-x64"];

export const runtimeVersion = JSON.parse(readFileSync(new URL("package.json", RUNTIME), "utf8")).version;

/** Copies the binary for `platform`, such as linux-x64, and its license into `folder`. */
export function copyRuntime(platform, folder) {
  const [os, cpu] = platform.split("-");
  const from = new URL(`bin/napi-v6/${os}/${cpu}/`, RUNTIME);
  if (!existsSync(from))
    throw new Error(`onnxruntime-node has no binary for ${platform}: ${platforms.join(", ")}`);
  cpSync(from, folder, {
    recursive: true,
    // A second copy of 45 MB: the binding links to the name without the full version.
    filter: (file) => !/libonnxruntime\.\d+\.\d+\.\d+\.dylib$/.test(String(file)),
  });
  cpSync(LICENSES, folder, { recursive: true });
}
