import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { NearlabelError } from "../../errors.js";
import { checkSpace, writing } from "../../files/disk.js";
import { openGraphFile, unreadable } from "./graph-file.js";
import { bytesOfPart, graphParts, LARGEST_FILE, lengthOf, type Part } from "./graph-writer.js";
import { rewrite } from "./rewriting.js";

export interface QuantizeGraphOptions {
  /** Ends the work between blocks of some megabytes, and rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Told of the bytes written so far, of how many. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** What stays in floats: operators, parts of the names of nodes, `NARROWING`. Default: nothing. */
  readonly keep?: readonly string[] | undefined;
  /** From how many bytes of weights on they go into a file beside the graph. Default: what Protobuf takes in one, 2 GiB. */
  readonly largestFile?: number | undefined;
}

/** A file that was written. */
interface WrittenFile {
  readonly name: string;
  readonly bytes: number;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
}

export interface QuantizedGraph {
  readonly files: readonly WrittenFile[];
  /** Matrix products and tables of embeddings that are in integers now. */
  readonly products: number;
  readonly lookups: number;
  /** Of `keep`, what at least one node is called. */
  readonly kept: ReadonlySet<string>;
}

/** The version of standard operators that brought dynamic quantisation. */
const LEAST_OPSET = 11;

/**
 * Writes the network in `source` with its matrix products in 8-bit integers to `target`, and the numbers of a large one to
 * `target_data` beside it, as transformers.js names them. The same file gives the same bytes, whatever the machine. Memory is that of the
 * largest transposed matrix in integers and some blocks of 4 MB, whatever the size of the model.
 * @throws NearlabelError MODEL_FILE_INVALID, MODEL_UNSUPPORTED, WRITE_FAILED
 */
export async function quantizeGraph(
  source: string,
  target: string,
  options: QuantizeGraphOptions = {},
): Promise<QuantizedGraph> {
  await using graph = await openGraphFile(source);
  if (graph.opset < LEAST_OPSET) throw tooOld(source, graph.opset);
  const rewritten = await rewrite(graph, options.keep).catch((cause) =>
    Promise.reject(unreadable(source, cause)),
  );
  if (rewritten.products === 0 && rewritten.kept.size === 0)
    throw nothingToDo(
      source,
      graph.nodes.map(({ opType }) => opType),
    );
  const dataName = `${basename(target)}_data`;
  const parts = graphParts(graph, rewritten, dataName, options.largestFile ?? LARGEST_FILE);
  const total = lengthOf(parts.graph) + lengthOf(parts.data);
  let done = 0;
  const advance = (bytes: number) => {
    options.signal?.throwIfAborted();
    done += bytes;
    options.onProgress?.(done, total);
  };
  await writing(target, () => checkSpace(dirname(target), total, remedy), remedy);
  try {
    const files = [await writeParts(target, parts.graph, advance)];
    if (parts.data.length > 0) {
      files.push(await writeParts(join(dirname(target), dataName), parts.data, advance));
    }
    return { files, products: rewritten.products, lookups: rewritten.lookups, kept: rewritten.kept };
  } catch (cause) {
    options.signal?.throwIfAborted();
    // Weights are read while the file is written.
    throw cause instanceof NearlabelError ? cause : unreadable(source, cause);
  }
}

const remedy = { otherwise: "give another folder" } as const;

/** Small parts are put together: nodes are some hundred bytes each. */
const BLOCK = 1 << 18;

async function writeParts(
  path: string,
  parts: readonly Part[],
  advance: (bytes: number) => void,
): Promise<WrittenFile> {
  const hash = createHash("sha256");
  let bytes = 0;
  const write = async () => {
    const handle = await open(path, "w");
    try {
      for await (const block of blocksOf(parts)) {
        hash.update(block);
        await handle.writeFile(block);
        bytes += block.length;
        advance(block.length);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
  };
  await writing(path, write, remedy);
  return { name: basename(path), bytes, sha256: hash.digest("hex") };
}

async function* blocksOf(parts: readonly Part[]): AsyncGenerator<Uint8Array> {
  let small: Uint8Array[] = [];
  let size = 0;
  for (const part of parts) {
    for await (const bytes of bytesOfPart(part)) {
      small.push(bytes);
      size += bytes.length;
      if (size < BLOCK) continue;
      yield small.length === 1 ? bytes : Buffer.concat(small);
      [small, size] = [[], 0];
    }
  }
  if (size > 0) yield Buffer.concat(small);
}

function tooOld(file: string, opset: number): NearlabelError {
  return new NearlabelError(
    "MODEL_UNSUPPORTED",
    `${file} was exported for version ${opset} of ONNX's operators, which has no dynamic quantisation: export it for ` +
      `${LEAST_OPSET} or later.`,
  );
}

function nothingToDo(file: string, operators: readonly string[]): NearlabelError {
  const isDone = operators.some((name) => /^(MatMulInteger|DynamicQuantizeLinear|MatMulNBits)$/.test(name));
  const why = isDone ? "It is quantised already." : "Half precision and convolutions are left as they are.";
  return new NearlabelError(
    "MODEL_UNSUPPORTED",
    `${file} has no product with a matrix of float32 weights, so there is nothing to quantise. ${why}`,
  );
}
