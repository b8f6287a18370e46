import { NearlabelError, reasonOf } from "../../errors.js";
import { type ByteSource, openFile } from "../../files/byte-source.js";
import { bytesOf, type Field, fieldsOf, held, numbersIn, type Region, textOf } from "./fields.js";
import { besidePath, type OpenBeside, readTensor, type StoredTensor } from "./stored-tensor.js";

/** A node of a graph. */
export interface Node {
  readonly opType: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Attributes and what else is stored with it, to be copied as it is: from a file, or made here. */
  readonly rest: readonly (Region | Uint8Array)[];
  /** The attributes among `rest`; none of a node that was made here. */
  readonly attributes: readonly Region[];
  /** What graphs in its attributes take from the graph around them. */
  readonly captured: readonly string[];
}

/** An ONNX file, as far as it is needed to write it anew with other nodes and tensors. */
export interface GraphFile extends AsyncDisposable {
  readonly file: string;
  /** Version of the standard operators. */
  readonly opset: number;
  readonly nodes: readonly Node[];
  readonly initializers: ReadonlyMap<string, StoredTensor>;
  /** Names of the inputs, initializers that can be replaced by one left out, and of the outputs. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Every name that has a type or a shape in the file. */
  readonly described: ReadonlySet<string>;
  /** Fields of the graph that stay as they are, with the name of what they describe. */
  readonly graphFields: readonly NamedField[];
  /** Fields of the file around the graph that stay as they are. */
  readonly modelFields: readonly Region[];
  readonly openBeside: OpenBeside;
}

interface NamedField {
  readonly number: number;
  /** Of an input, an output or a value; empty for others. */
  readonly name: string;
  readonly whole: Region;
}

const MODEL = { producerName: 2, producerVersion: 3, graph: 7, opsetImport: 8 } as const;
export const GRAPH = { node: 1, initializer: 5, input: 11, output: 12, valueInfo: 13 } as const;
const NODE = { input: 1, output: 2, name: 3, opType: 4, attribute: 5 } as const;
const ATTRIBUTE = { name: 1, graph: 6, graphs: 11 } as const;

/**
 * Reads the structure of an ONNX file; weights stay where they are.
 * @throws NearlabelError MODEL_FILE_INVALID
 */
export async function openGraphFile(file: string): Promise<GraphFile> {
  const opened: ByteSource[] = [];
  const open = async (path: string) => {
    const source = await openFile(path);
    opened.push(source);
    return source;
  };
  const besides = new Map<string, Promise<ByteSource>>();
  const openBeside: OpenBeside = (location) => {
    const path = besidePath(file, location);
    const found = besides.get(path) ?? open(path);
    besides.set(path, found);
    return found;
  };
  const close = async () => {
    for (const source of opened) await source[Symbol.asyncDispose]();
  };
  try {
    const source = await open(file);
    const parts = await readModel({ source, position: 0, length: source.size }, openBeside);
    return { file, ...parts, openBeside, [Symbol.asyncDispose]: close };
  } catch (cause) {
    await close();
    throw unreadable(file, cause);
  }
}

/** @throws NearlabelError MODEL_FILE_INVALID with what is wrong with `file` */
export function unreadable(file: string, cause: unknown): NearlabelError {
  return new NearlabelError(
    "MODEL_FILE_INVALID",
    `${file} cannot be read as an ONNX network: ${reasonOf(cause)}. It may be cut short: fetch it again.`,
    { cause },
  );
}

type Parts = Omit<GraphFile, "file" | "openBeside" | typeof Symbol.asyncDispose>;

async function readModel(region: Region, openBeside: OpenBeside): Promise<Parts> {
  const modelFields: Region[] = [];
  let opset = 0;
  let graph: Region | undefined;
  for await (const field of fieldsOf(region)) {
    if (field.number === MODEL.graph) graph = field;
    else if (field.number !== MODEL.producerName && field.number !== MODEL.producerVersion) {
      modelFields.push(field.whole);
    }
    if (field.number === MODEL.opsetImport) opset = Math.max(opset, await standardOpset(field));
  }
  if (graph === undefined) throw new Error("there is no graph in it");
  return { opset, modelFields, ...(await readGraph(graph, openBeside)) };
}

/** The version that an OperatorSetIdProto gives, 0 for other operators than the standard ones. */
async function standardOpset(region: Region): Promise<number> {
  let [domain, version] = ["", 0];
  for await (const field of fieldsOf(region)) {
    if (field.number === 1) domain = await textOf(field);
    if (field.number === 2) [version = 0] = await numbersIn(field);
  }
  return domain === "" || domain === "ai.onnx" ? version : 0;
}

/** Longer nodes hold tensors, and stay in the file. */
const SMALL = 1 << 16;

async function readGraph(
  region: Region,
  openBeside: OpenBeside,
): Promise<Omit<Parts, "opset" | "modelFields">> {
  const nodes: Node[] = [];
  const initializers = new Map<string, StoredTensor>();
  const graphFields: NamedField[] = [];
  for await (const field of fieldsOf(region)) {
    if (field.number === GRAPH.node)
      nodes.push(await readNode(field.length < SMALL ? await held(field) : field));
    else if (field.number === GRAPH.initializer) {
      const tensor = await readTensor(field, openBeside);
      initializers.set(tensor.name, tensor);
    } else graphFields.push(await namedField(field));
  }
  const named = (number: number) => graphFields.filter((field) => field.number === number);
  const names = (number: number) => named(number).map(({ name }) => name);
  return {
    nodes,
    initializers,
    graphFields,
    inputs: names(GRAPH.input).filter((name) => !initializers.has(name)),
    outputs: names(GRAPH.output),
    described: new Set([...names(GRAPH.input), ...names(GRAPH.output), ...names(GRAPH.valueInfo)]),
  };
}

const VALUES: readonly number[] = [GRAPH.input, GRAPH.output, GRAPH.valueInfo];

async function namedField({ number, whole, ...field }: Field): Promise<NamedField> {
  if (!VALUES.includes(number)) return { number, whole, name: "" };
  for await (const inner of fieldsOf(field)) {
    if (inner.number === 1) return { number, whole, name: await textOf(inner) };
  }
  return { number, whole, name: "" };
}

async function readNode(region: Region): Promise<Node> {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const rest: Region[] = [];
  const attributes: Region[] = [];
  const captured: string[] = [];
  let [name, opType] = ["", ""];
  for await (const field of fieldsOf(region)) {
    if (field.number === NODE.input) inputs.push(await textOf(field));
    else if (field.number === NODE.output) outputs.push(await textOf(field));
    else if (field.number === NODE.name) name = await textOf(field);
    else if (field.number === NODE.opType) opType = await textOf(field);
    else rest.push(field.whole);
    if (field.number !== NODE.attribute) continue;
    attributes.push(field);
    for await (const inner of fieldsOf(field)) {
      if (inner.number === ATTRIBUTE.graph || inner.number === ATTRIBUTE.graphs) {
        captured.push(...(await namesTakenBy(inner)));
      }
    }
  }
  return { name, opType, inputs, outputs, rest, attributes, captured };
}

/** What the nodes of a graph in an attribute take and do not make. */
async function namesTakenBy(graph: Region): Promise<string[]> {
  const taken: string[] = [];
  for await (const field of fieldsOf(graph)) {
    if (field.number === GRAPH.node) {
      const { inputs, captured } = await readNode(field);
      taken.push(...inputs, ...captured);
    }
    if (field.number === GRAPH.output) taken.push((await namedField(field)).name);
  }
  return taken;
}

/** The attribute of that name, if the node has it. */
async function attributeOf(node: Node, name: string): Promise<Region | undefined> {
  for (const attribute of node.attributes) {
    for await (const field of fieldsOf(attribute)) {
      if (field.number === ATTRIBUTE.name && (await textOf(field)) === name) return attribute;
    }
  }
  return undefined;
}

/** A whole number or, as float32, a fraction of an attribute; undefined where the node has none. */
export async function numberAttribute(node: Node, name: string): Promise<number | undefined> {
  const attribute = await attributeOf(node, name);
  if (!attribute) return undefined;
  for await (const field of fieldsOf(attribute)) {
    if (field.number === 3) return field.value;
    if (field.number === 2) return new DataView((await bytesOf(field)).buffer).getFloat32(0, true);
  }
  // Zero is left out by some writers.
  return 0;
}

/** The whole numbers of an attribute that lists them. */
export async function numbersAttribute(node: Node, name: string): Promise<number[] | undefined> {
  const attribute = await attributeOf(node, name);
  if (!attribute) return undefined;
  const numbers: number[] = [];
  for await (const field of fieldsOf(attribute)) {
    if (field.number === 8) numbers.push(...(await numbersIn(field)));
  }
  return numbers;
}

/** The tensor of a node's attribute `value`, as `Constant` has it, named by its output. */
export async function tensorAttribute(node: Node, openBeside: OpenBeside): Promise<StoredTensor | undefined> {
  const attribute = await attributeOf(node, "value");
  if (!attribute) return undefined;
  for await (const field of fieldsOf(attribute)) {
    if (field.number === 5) return { ...(await readTensor(field, openBeside)), name: node.outputs[0]! };
  }
  return undefined;
}
