import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { Region } from "./fields.js";
import { GRAPH, type GraphFile, type Node } from "./graph-file.js";
import type { Rewritten } from "./rewriting.js";
import { copied, piecesOf, type Tensor, type TensorData } from "./tensor.js";

/** Bytes of a file in their order, of which the length is known before they are there. */
export type Part = Uint8Array | Region | TensorData;

/** What is written: the graph, and the numbers of its tensors where they lie in a file of their own. */
export interface GraphParts {
  readonly graph: readonly Part[];
  readonly data: readonly Part[];
}

export function lengthOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

export function bytesOfPart(part: Part): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  if (part instanceof Uint8Array) return [part];
  return "bytes" in part ? part.bytes() : piecesOf(part);
}

/** Protobuf ends at 2 GiB; what is larger has the numbers of its tensors in a file beside it. */
export const LARGEST_FILE = 2 ** 31 - 2 ** 24;
/** Smaller tensors stay in the graph, where ONNX looks for shapes. */
const SMALL_TENSOR = 1024;
/** Of where numbers begin, so that they can be mapped into memory. */
const ALIGNMENT = 64;

/** @param dataName the name of the file beside the graph, should there be one */
export function graphParts(
  file: GraphFile,
  { nodes, tensors }: Rewritten,
  dataName: string,
  largest = LARGEST_FILE,
): GraphParts {
  const used = namesUsed(file, nodes);
  const alive = nodes.filter((node) => used.nodes.has(node));
  const kept = [...[...file.initializers.values()].map(copied), ...tensors].filter(({ name }) =>
    used.tensors.has(name),
  );
  const small = lengthOf(kept.flatMap(({ data }) => data ?? [])) < largest;
  const outside = small ? undefined : dataFile(dataName);
  const body: Part[] = alive.flatMap((node) => message(GRAPH.node, nodeParts(node)));
  for (const tensor of kept) body.push(...message(GRAPH.initializer, tensorParts(tensor, outside)));
  for (const { number, name, whole } of file.graphFields) {
    const isLost = number === GRAPH.input && file.initializers.has(name) && !used.tensors.has(name);
    if (!isLost) body.push(whole);
  }
  const graph = [...producer(), ...file.modelFields, ...message(7, body)];
  return { graph, data: outside?.parts ?? [] };
}

/** As `quantize_dynamic` signs its files. */
function producer(): Part[] {
  const writer = new BinaryWriter();
  writer.tag(2, WireType.LengthDelimited).string("onnx.quantize");
  writer.tag(3, WireType.LengthDelimited).string("0.1.0");
  return [writer.finish()];
}

/** Nodes whose outputs are used, from the outputs of the graph backwards, and the tensors that they take. */
function namesUsed({ outputs }: GraphFile, nodes: readonly Node[]) {
  const wanted = new Set(outputs);
  const alive = new Set<Node>();
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((name) => wanted.has(name))) continue;
    alive.add(node);
    for (const name of [...node.inputs, ...node.captured]) wanted.add(name);
  }
  for (const node of alive) for (const name of node.outputs) wanted.delete(name);
  return { nodes: alive, tensors: wanted };
}

/** A field that holds a message of these parts. */
function message(number: number, parts: readonly Part[]): Part[] {
  const header = new BinaryWriter().tag(number, WireType.LengthDelimited).uint32(lengthOf(parts));
  return [header.finish(), ...parts];
}

function nodeParts({ inputs, outputs, name, opType, rest }: Node): Part[] {
  const writer = new BinaryWriter();
  for (const input of inputs) writer.tag(1, WireType.LengthDelimited).string(input);
  for (const output of outputs) writer.tag(2, WireType.LengthDelimited).string(output);
  if (name) writer.tag(3, WireType.LengthDelimited).string(name);
  writer.tag(4, WireType.LengthDelimited).string(opType);
  return [writer.finish(), ...rest];
}

interface DataFile {
  readonly name: string;
  readonly parts: Part[];
  position: number;
}

function dataFile(name: string): DataFile {
  return { name, parts: [], position: 0 };
}

function tensorParts({ head, data }: Tensor, outside: DataFile | undefined): Part[] {
  if (!data) return [...head];
  if (!outside || data.length < SMALL_TENSOR) return [...head, ...message(9, [data])];
  const gap = -outside.position & (ALIGNMENT - 1);
  const start = outside.position + gap;
  outside.parts.push(new Uint8Array(gap), data);
  outside.position = start + data.length;
  const where = { location: outside.name, offset: String(start), length: String(data.length) };
  const writer = new BinaryWriter();
  for (const [key, value] of Object.entries(where)) {
    writer.tag(13, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(key);
    writer.tag(2, WireType.LengthDelimited).string(value).join();
  }
  writer.tag(14, WireType.Varint).int32(EXTERNAL);
  return [...head, writer.finish()];
}

/** TensorProto.DataLocation.EXTERNAL. */
const EXTERNAL = 1;
