import { createRequire } from "node:module";

type OnnxRuntime = typeof import("onnxruntime-node");

// ONNX Runtime reports its use to Microsoft unless this is set before it is loaded. Here and not where it is loaded, as what a
// worker thread sets in its `process.env` does not reach ONNX Runtime: it holds for threads of a program that imports
// nearlabel in its main thread.
process.env.ORT_DISABLE_TELEMETRY ??= "1";

let runtime: OnnxRuntime | undefined;

/** ONNX Runtime, loaded when the first network is opened. */
export function onnxRuntime(): OnnxRuntime {
  if (runtime) return runtime;
  // By `require`, as an `import` of CommonJS reads the source of each file twice, which at first use is a third of the time.
  runtime = createRequire(import.meta.url)("onnxruntime-node") as OnnxRuntime;
  // Errors come as exceptions; written to the console as well, they would say the same twice.
  runtime.env.logLevel = "fatal";
  return runtime;
}
