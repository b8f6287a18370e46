import { isMainThread } from "node:worker_threads";
import { packageRequire } from "../files/package-files.js";
import { bindingFile } from "./binding-file.js";
import type { Device } from "./device.js";

// ONNX Runtime reports its use to Microsoft unless this is set before it is loaded. Here and not where it is loaded, as what a
// worker thread sets in its `process.env` does not reach ONNX Runtime: it holds for threads of a program that imports
// nearlabel in its main thread.
process.env.ORT_DISABLE_TELEMETRY ??= "1";

/** Numbers of one type, in memory as they are in the network, and their shape. */
export interface Tensor {
  /** As ONNX calls it: float32, int64 ... */
  readonly type: string;
  readonly data: ArrayBufferView;
  readonly dims: readonly number[];
}

/** An input or an output of a network. */
export interface NetworkValue {
  readonly name: string;
  /** Undefined for what is no tensor, and for types that JavaScript has no array for. */
  readonly type: string | undefined;
  /** Undefined for a dimension of any size. */
  readonly shape: readonly (number | undefined)[];
}

export interface SessionOptions {
  readonly executionProviders: readonly Device[];
  readonly intraOpNumThreads: number;
  readonly logSeverityLevel: number;
  readonly enableMemPattern: boolean;
  readonly extra: object;
}

/** A network that ONNX Runtime has opened. */
export interface Session {
  readonly inputs: readonly NetworkValue[];
  readonly outputs: readonly NetworkValue[];
  /** Gives the outputs by name. Blocks the calling thread once it has begun. */
  run(inputs: Readonly<Record<string, Tensor>>, outputs: readonly string[]): Promise<Record<string, Tensor>>;
  /** Frees its memory. Runs that have not begun reject with `reason`. */
  release(reason?: unknown): void;
}

/** Opens an ONNX file, or the bytes of one. Rejects with ONNX Runtime's error. */
export async function openSession(source: string | Uint8Array, options: SessionOptions): Promise<Session> {
  const { InferenceSession } = binding();
  // As `onnxruntime-node` does: what waits comes first, and an error rejects.
  await new Promise(setImmediate);
  const session = new InferenceSession();
  if (typeof source === "string") session.loadModel(source, options);
  else session.loadModel(source.buffer, source.byteOffset, source.byteLength, options);
  const released = new AbortController();
  return {
    inputs: session.inputMetadata.map(networkValue),
    outputs: session.outputMetadata.map(networkValue),
    run(inputs, outputs) {
      return inTurn(() => {
        released.signal.throwIfAborted();
        const feeds = Object.entries(inputs).map(([name, { type, data, dims }]) => [
          name,
          new CpuTensor(type, data, dims),
        ]);
        return session.run(
          Object.fromEntries(feeds),
          Object.fromEntries(outputs.map((name) => [name, null])),
          {},
        );
      });
    },
    release: (reason) => {
      released.abort(reason);
      session.dispose();
    },
  };
}

let previous: Promise<unknown> = Promise.resolve();

/**
 * Runs, which block the thread, one after the other, and what waits for the thread between them: messages with the next pictures,
 * which would otherwise not be read, and not be preprocessed, before the last of several runs that began together.
 */
function inTurn<T>(run: () => T): Promise<T> {
  const result = previous.then(async () => {
    await new Promise(setImmediate);
    return run();
  });
  previous = result.catch(() => {});
  return result;
}

/** What this ONNX Runtime was built to run on, by its names: cpu, cuda ... */
export function builtDevices(): string[] {
  return binding()
    .listSupportedBackends()
    .map(({ name }) => name);
}

/** The names of ONNX's element types by their number in its format. */
const elementTypes: readonly (string | undefined)[] = [
  undefined,
  "float32",
  "uint8",
  "int8",
  "uint16",
  "int16",
  "int32",
  "int64",
  "string",
  "bool",
  "float16",
  "float64",
  "uint32",
  "uint64",
];

function networkValue({ name, isTensor, type, shape }: BindingValue): NetworkValue {
  if (!isTensor) return { name, type: undefined, shape: [] };
  return { name, type: elementTypes[type], shape: shape.map((size) => (size > 0 ? size : undefined)) };
}

interface BindingValue {
  readonly name: string;
  readonly isTensor: boolean;
  readonly type: number;
  readonly shape: readonly number[];
}

interface BindingSession {
  readonly inputMetadata: readonly BindingValue[];
  readonly outputMetadata: readonly BindingValue[];
  loadModel(file: string, options: SessionOptions): void;
  loadModel(bytes: ArrayBufferLike, offset: number, length: number, options: SessionOptions): void;
  run(
    feeds: Record<string, CpuTensor>,
    fetches: Record<string, null>,
    options: object,
  ): Record<string, Tensor>;
  dispose(): void;
}

interface Binding {
  readonly InferenceSession: new () => BindingSession;
  listSupportedBackends(): { readonly name: string }[];
  initOrtOnce(logLevel: number, tensor: typeof CpuTensor, isMainThread: boolean): void;
}

/** The class that the binding makes its results of. */
class CpuTensor implements Tensor {
  readonly location = "cpu";

  constructor(
    readonly type: string,
    readonly data: ArrayBufferView,
    readonly dims: readonly number[],
  ) {}
}

/** Errors come as exceptions; written to the console as well, they would say the same twice. */
const FATAL = 4;

let loaded: Binding | undefined;

/** Loaded when the first network is opened. */
function binding(): Binding {
  if (loaded) return loaded;
  loaded = packageRequire()(bindingFile()) as Binding;
  loaded.initOrtOnce(FATAL, CpuTensor, isMainThread);
  return loaded;
}
