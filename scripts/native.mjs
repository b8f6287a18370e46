/**
 * Puts ONNX Runtime's binary into native/, from where the library loads it, so that what `npm pack` makes is whole.
 * Its license goes with it, which onnxruntime-node's package leaves out.
 *
 *   node scripts/native.mjs [platform ...]   e.g. darwin-arm64; default: this platform
 */
import { rmSync } from "node:fs";
import { copyRuntime } from "./onnx-runtime.mjs";

const targets = process.argv.length > 2 ? process.argv.slice(2) : [`${process.platform}-${process.arch}`];
rmSync(new URL("../native/", import.meta.url), { recursive: true, force: true });
for (const target of targets) copyRuntime(target, new URL(`../native/${target}/`, import.meta.url));
