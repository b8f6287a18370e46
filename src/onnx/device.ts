import { NearlabelError } from "../errors.js";

/** What networks can run on, as ONNX Runtime's execution providers are called; which there are depends on the system. */
export const devices = ["cpu", "cuda", "coreml", "dml", "webgpu", "auto"] as const;

export type Device = (typeof devices)[number];

export function checkDevice(device: string): asserts device is Device {
  if ((devices as readonly string[]).includes(device)) return;
  throw new NearlabelError(
    "OPTION_INVALID",
    `Expected device to be one of ${devices.join(", ")}, got "${device}".`,
  );
}

/** What `auto` tries, by `process.platform`. WebGPU is not among it: it is in every build, with a graphics card or not. */
const accelerators: Readonly<Record<string, Device>> = { darwin: "coreml", win32: "dml", linux: "cuda" };

/** The accelerator of this platform, where it is among those that ONNX Runtime was built with; else the processor. */
export function automaticDevice(platform: string, built: readonly string[]): Device {
  const device = accelerators[platform];
  return device !== undefined && built.includes(device) ? device : "cpu";
}
