import { readFile } from "node:fs/promises";
import { types } from "node:util";
import { NearlabelError, reasonOf } from "../errors.js";
import { float16Bits, float16Values } from "../math/float16.js";
import { automaticDevice, type Device } from "./device.js";
import {
  builtDevices,
  type NetworkValue,
  openSession,
  type Session,
  type SessionOptions,
  type Tensor,
} from "./runtime.js";

/** Numbers with a shape, on the way into or out of a network. */
export interface Values {
  readonly data: Float32Array | Float64Array | Int32Array;
  readonly shape: readonly number[];
}

/** An ONNX network that is ready to run. It knows names and shapes, and nothing of texts or pictures. */
export interface Graph {
  readonly file: string;
  /** What it runs on; parts that an accelerator does not know run on the processor. */
  readonly device: Device;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** Sizes of the dimensions of an input; undefined where any is taken. */
  inputShape(name: string): readonly (number | undefined)[];
  /** Size of the last dimension of an output, where the file says so. */
  outputSize(name: string): number | undefined;
  /** Runs the network; integers are passed as the type that the graph asks for. @throws NearlabelError MODEL_SHAPE */
  run(inputs: Readonly<Record<string, Values>>, outputs: readonly string[]): Promise<Values[]>;
  /** Frees its memory. Runs that have not begun reject with `reason`. */
  release(reason?: NearlabelError): Promise<void>;
}

export interface GraphOptions {
  /** Threads of one run; 0 leaves the choice to ONNX Runtime, which takes one for each physical core. */
  readonly threads: number;
  /** Default: cpu. */
  readonly device?: Device | undefined;
  /** Told where a device that was asked for by name cannot be used, and the processor is. */
  readonly onFallback?: ((device: Device, cause: unknown) => void) | undefined;
}

/**
 * Opens an ONNX file.
 * @throws NearlabelError MODEL_FILE_INVALID, MODEL_UNSUPPORTED
 */
export async function openGraph(file: string, options: GraphOptions): Promise<Graph> {
  const { session, device } = await createSession(file, options);
  const inputTypes = new Map(session.inputs.map(({ name, type }) => [name, type]));
  return {
    file,
    device,
    inputNames: session.inputs.map(({ name }) => name),
    outputNames: session.outputs.map(({ name }) => name),
    inputShape: (name) => shapeOf(session.inputs, name),
    outputSize: (name) => shapeOf(session.outputs, name).at(-1),
    run: async (inputs, outputs) => {
      const feeds = Object.fromEntries(
        Object.entries(inputs).map(([name, values]) => [
          name,
          tensorOf(values, inputTypes.get(name), name, file),
        ]),
      );
      const result = await session.run(feeds, outputs).catch((cause: unknown) => {
        throw cause instanceof NearlabelError ? cause : refused(file, inputs, cause);
      });
      return outputs.map((name) => valuesOf(result[name]!, name, file));
    },
    release: async (reason) => session.release(reason),
  };
}

/**
 * Threads of a run that wait for the next operator spin for a tenth of a millisecond before they sleep. To wake one takes about as long as
 * many an operator, which shows where one picture runs alone; to spin for longer, as is the default, takes cores that are wanted for
 * preprocessing the next pictures and by other programs. The memory arena stays on: without it the processor clears new memory
 * at each run. But no run is planned as one block of memory, which would come on top of the blocks that the first run took (bench/README.md).
 */
const SESSION_OPTIONS = {
  logSeverityLevel: 4,
  enableMemPattern: false,
  extra: { session: { intra_op: { allow_spinning: "1", spin_duration_us: "100" } } },
} as const;

/** On the device that was asked for, or on the processor where that cannot be had. */
async function createSession(file: string, options: GraphOptions) {
  const { threads, device: wanted = "cpu", onFallback } = options;
  const create = (device: Device) =>
    createFromFile(file, {
      executionProviders: [device],
      intraOpNumThreads: threads,
      ...SESSION_OPTIONS,
    });
  const device = wanted === "auto" ? automaticDevice(process.platform, builtDevices()) : wanted;
  if (device !== "cpu") {
    try {
      return { session: await create(device), device };
    } catch (cause) {
      if (wanted !== "auto") onFallback?.(device, cause);
    }
  }
  try {
    return { session: await create("cpu"), device: "cpu" as const };
  } catch (cause) {
    throw notOpened(file, cause);
  }
}

/**
 * ONNX Runtime opens files past Node.js, and so none inside an archive that Node.js reads as a folder (Yarn's Plug'n'Play,
 * Electron's asar); of such a file it is given the bytes.
 */
async function createFromFile(file: string, options: SessionOptions): Promise<Session> {
  try {
    return await openSession(file, options);
  } catch (error) {
    if (!/system error number|file doesn't exist/i.test(reasonOf(error))) throw error;
    const bytes = await readFile(file).catch(() => undefined);
    if (!bytes) throw error;
    return await openSession(bytes, options);
  }
}

function notOpened(file: string, cause: unknown): NearlabelError {
  if (/could not find an implementation/i.test(reasonOf(cause))) {
    return new NearlabelError(
      "MODEL_UNSUPPORTED",
      `${file} asks for an operator that the processor's ONNX Runtime does not have: ${reasonOf(cause)}. ` +
        "Choose another dtype.",
      { cause },
    );
  }
  return new NearlabelError(
    "MODEL_FILE_INVALID",
    `${file} cannot be opened as an ONNX network: ${reasonOf(cause)}. It may be cut short, or a Git LFS ` +
      "pointer in place of the file: compare its size with the original and fetch it again.",
    { cause },
  );
}

function shapeOf(values: readonly NetworkValue[], name: string): readonly (number | undefined)[] {
  return values.find((value) => value.name === name)?.shape ?? [];
}

function tensorOf({ data, shape }: Values, type = "another type", name: string, file: string): Tensor {
  return { type, data: typed(data, type, name, file), dims: shape };
}

function typed(data: Values["data"], type: string, name: string, file: string): ArrayBufferView {
  if (types.isFloat32Array(data) && type === "float32") return data;
  if (types.isFloat32Array(data) && type === "float16") return Uint16Array.from(data, float16Bits);
  if (types.isInt32Array(data) && type === "int32") return data;
  if (types.isInt32Array(data) && type === "int64") return BigInt64Array.from(data, BigInt);
  const expected = types.isFloat32Array(data) ? "float32 or float16" : "int64 or int32";
  throw new NearlabelError(
    "MODEL_UNSUPPORTED",
    `${file}: expected input ${name} to take ${expected}, but it takes ${type}.`,
  );
}

/** By type, and in arrays made here: where code runs in a context of its own, as in Jest, ONNX Runtime's are of another. */
function valuesOf({ type, data, dims: shape }: Tensor, name: string, file: string): Values {
  const { byteOffset, byteLength } = data;
  const buffer = data.buffer as ArrayBuffer;
  if (type === "float32") return { data: new Float32Array(buffer, byteOffset, byteLength / 4), shape };
  if (type === "float64") return { data: new Float64Array(buffer, byteOffset, byteLength / 8), shape };
  if (type === "int32") return { data: new Int32Array(buffer, byteOffset, byteLength / 4), shape };
  if (type === "float16") {
    const bits = new Uint16Array(buffer, byteOffset, byteLength / 2);
    return { data: float16Values(bits), shape };
  }
  throw new NearlabelError(
    "MODEL_UNSUPPORTED",
    `${file}: expected output ${name} to be float32, float16, float64 or int32, got ${type}.`,
  );
}

function refused(file: string, inputs: Readonly<Record<string, Values>>, cause: unknown): NearlabelError {
  if (/out of data bounds/.test(reasonOf(cause))) {
    return new NearlabelError(
      "MODEL_FILE_INVALID",
      `${file} has no embedding for a token that it was given: tokenizer.json seems to belong to another model. ` +
        "Fetch or export both again.",
      { cause },
    );
  }
  const shapes = Object.entries(inputs).map(([name, { shape }]) => `${name} ${shape.join(" x ")}`);
  return new NearlabelError(
    "MODEL_SHAPE",
    `${file} did not run on ${shapes.join(", ")}: ${reasonOf(cause)}`,
    {
      cause,
    },
  );
}
