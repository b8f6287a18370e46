import { type WeightsOf, weightsOf } from "./constants.js";
import { type GraphFile, type Node, numberAttribute } from "./graph-file.js";
import {
  affineIntegers,
  affineScale,
  columnIntegers,
  columnScales,
  type Matrix,
  outputDims,
} from "./integers.js";
import { type Keeping, keepingOf } from "./kept.js";
import { dataOf, madeNode, madeTensor } from "./made.js";
import { elementCount, FLOAT, INT8, UINT8 } from "./stored-tensor.js";
import type { Tensor } from "./tensor.js";

/** What becomes of a graph. */
export interface Rewritten {
  readonly nodes: readonly Node[];
  /** Tensors beside those of the file. */
  readonly tensors: readonly Tensor[];
  /** Matrix products, and tables of embeddings, that are computed in integers. */
  readonly products: number;
  readonly lookups: number;
  /** Of what was to be kept, what at least one node is called. */
  readonly kept: ReadonlySet<string>;
}

/** Where a value is in integers, under which names. */
interface Quantised {
  readonly integers: string;
  readonly scale: string;
  readonly zeroPoint: string;
  /** Of the dimension that has a scale for each place. */
  readonly axis?: number;
}

/**
 * Puts integers in the place of float matrices: int8 with a scale for each column for `MatMul` and `Gemm`, whose other
 * side is quantised as it comes, and uint8 with one scale for the tables of `Gather`. Nodes, names and arithmetic are those of ONNX
 * Runtime's `quantize_dynamic` with `per_channel`, `QInt8` and these three operators (onnx_quantizer.py, release 1.32). What
 * differs: weights that nodes make are weights too, half precision and stacks of matrices, which ONNX Runtime would refuse then, stay as they are, and so do graphs within
 * nodes.
 *
 * @param keep what stays in floats: see `keepingOf`
 */
export async function rewrite(graph: GraphFile, keep: readonly string[] = []): Promise<Rewritten> {
  const weights = weightsOf(graph);
  const { isKept, found } = keepingOf(keep, weights);
  const { nodes, transposed } = await withoutGemm(graph, weights, isKept);
  const rewriting = new Rewriting(graph, async (name) => transposed.get(name) ?? (await weights(name)));
  for (const node of nodes) {
    if (await isKept(node)) rewriting.addFloats(node);
    else await rewriting.add(node);
  }
  return { ...rewriting.finish(), kept: found };
}

/** `Gemm` as `MatMul` and `Add`, where its matrix is weights. */
async function withoutGemm(
  { nodes, initializers, described }: GraphFile,
  weights: WeightsOf,
  isKept: Keeping["isKept"],
) {
  const transposed = new Map<string, Matrix>();
  const taken = new Set([...initializers.keys(), ...described]);
  for (const { inputs, outputs } of nodes) for (const name of [...inputs, ...outputs]) taken.add(name);
  const names = new Map<string, string>();
  const nameOf = (name: string) => {
    const known = names.get(name) ?? freeName(`${name}_Transposed`, taken);
    names.set(name, known);
    return known;
  };
  const result: Node[] = [];
  for (const node of nodes) {
    const isTaken = node.opType === "Gemm" && !(await isKept(node));
    const matrix = isTaken ? await weights(node.inputs[1]!) : undefined;
    const flipped = matrix && (await plainGemm(node));
    if (!matrix || flipped === undefined) result.push(node);
    else {
      const name = flipped ? nameOf(node.inputs[1]!) : node.inputs[1]!;
      if (flipped) transposed.set(name, { ...matrix, transposed: !matrix.transposed });
      result.push(...productAndSum(node, name));
    }
  }
  return { nodes: result, transposed };
}

function freeName(name: string, taken: Set<string>): string {
  const endings = ["", "_quantized", "_scale", "_zero_point"];
  let free = name;
  for (let count = 1; endings.some((ending) => taken.has(free + ending)); count++) free = `${name}_${count}`;
  for (const ending of endings) taken.add(free + ending);
  return free;
}

/** Whether its matrix is transposed; undefined where there is more to it than a product and a sum. */
async function plainGemm(node: Node): Promise<boolean | undefined> {
  const { alpha = 1, beta = 1 } = {
    alpha: await numberAttribute(node, "alpha"),
    beta: await numberAttribute(node, "beta"),
  };
  const flippedInput = (await numberAttribute(node, "transA")) ?? 0;
  if (alpha !== 1 || beta !== 1 || flippedInput !== 0) return undefined;
  return ((await numberAttribute(node, "transB")) ?? 0) === 1;
}

function productAndSum({ name, inputs: [input, , bias], outputs: [output] }: Node, matrix: string): Node[] {
  const nameOf = (ending: string) => (name ? name + ending : "");
  if (!bias) return [madeNode("MatMul", [input!, matrix], [output!], nameOf("_MatMul"))];
  const product = `${output}_MatMul`;
  return [
    madeNode("MatMul", [input!, matrix], [product], nameOf("_MatMul")),
    madeNode("Add", [product, bias], [output!], nameOf("_Add")),
  ];
}

class Rewriting {
  readonly #nodes: Node[] = [];
  readonly #tensors: Tensor[] = [];
  readonly #quantised = new Map<string, Quantised>();
  /** Values that are there as float32, by nodes so far or as inputs. */
  readonly #made: Set<string>;
  #products = 0;
  #lookups = 0;

  constructor(
    readonly graph: GraphFile,
    readonly weights: WeightsOf,
  ) {
    this.#made = new Set(graph.inputs);
  }

  async add(node: Node): Promise<void> {
    if (node.opType === "MatMul" && (await this.#product(node))) return;
    if (node.opType === "Gather" && (await this.#lookup(node))) return;
    this.addFloats(node);
  }

  /** Takes a node as it is. */
  addFloats(node: Node): void {
    for (const name of [...node.inputs, ...node.captured]) this.#asFloats(name);
    this.#push(node);
  }

  finish(): Omit<Rewritten, "kept"> {
    for (const name of this.graph.outputs) this.#asFloats(name);
    return {
      nodes: this.#nodes,
      tensors: this.#tensors,
      products: this.#products,
      lookups: this.#lookups,
    };
  }

  #push(node: Node): void {
    this.#nodes.push(node);
    for (const name of node.outputs) this.#made.add(name);
  }

  /** Whether the product is one with weights, and is in integers now. */
  async #product(node: Node): Promise<boolean> {
    const [input = "", matrix = ""] = node.inputs;
    const weights = await this.weights(matrix);
    if (weights?.tensor.dims.length !== 2 || this.graph.initializers.has(input)) return false;
    const a = this.#quantised.get(input) ?? this.#quantiseInput(input);
    const b = this.#quantised.get(matrix) ?? this.#quantiseColumns(matrix, weights);
    const output = node.outputs[0]!;
    const integers = `${output}_output_quantized`;
    const floats = `${integers}_cast_output`;
    const name = node.name ? `${node.name}_quant` : "";
    const operands = [a.integers, b.integers, a.zeroPoint, b.zeroPoint];
    this.#push(madeNode("MatMulInteger", operands, [integers], name));
    this.#push(madeNode("Cast", [integers], [floats], `${integers}_cast`, { to: FLOAT }));
    const scales = name ? `${name}_scales_mul` : `${a.scale}_${b.scale}_mul`;
    if (!this.#made.has(`${scales}:0`))
      this.#push(madeNode("Mul", [a.scale, b.scale], [`${scales}:0`], scales));
    this.#push(madeNode("Mul", [floats, `${scales}:0`], [output], name ? `${name}_output_scale_mul` : ""));
    this.#products++;
    return true;
  }

  /** Scale and zero point of what comes are found at each run. */
  #quantiseInput(name: string): Quantised {
    const value = namesOf(name);
    const outputs = [value.integers, value.scale, value.zeroPoint];
    this.#push(madeNode("DynamicQuantizeLinear", [name], outputs, `${name}_QuantizeLinear`));
    this.#quantised.set(name, value);
    return value;
  }

  #quantiseColumns(name: string, matrix: Matrix): Quantised {
    const value = { ...namesOf(name), axis: -1 };
    const dims = outputDims(matrix);
    const columns = dims.at(-1)!;
    const scales = once(() => columnScales(matrix));
    this.#tensors.push(
      madeTensor(value.scale, FLOAT, [columns], dataOf(4 * columns, scales)),
      madeTensor(
        value.zeroPoint,
        INT8,
        [columns],
        dataOf(columns, () => new Int8Array(columns)),
      ),
      madeTensor(value.integers, INT8, dims, {
        length: elementCount(dims),
        async *bytes() {
          for await (const block of columnIntegers(matrix, await scales()))
            yield new Uint8Array(block.buffer);
        },
      }),
    );
    this.#quantised.set(name, value);
    return value;
  }

  /** Whether the table is one of weights, and is in integers now; what is looked up is so too, until something needs floats. */
  async #lookup(node: Node): Promise<boolean> {
    const [table = "", ...indices] = node.inputs;
    const weights = await this.weights(table);
    if (!weights || weights.transposed) return false;
    const { scale, zeroPoint, integers } = this.#quantised.get(table) ?? this.#quantiseTable(table, weights);
    const [output = ""] = node.outputs;
    const found = `${output}_quantized`;
    this.#push({ ...node, inputs: [integers, ...indices], outputs: [found] });
    this.#quantised.set(output, { integers: found, scale, zeroPoint });
    this.#lookups++;
    return true;
  }

  #quantiseTable(name: string, { tensor }: Matrix): Quantised {
    const value = namesOf(name);
    const affine = once(() => affineScale(tensor));
    const single = (length: number, make: (from: { scale: number; zeroPoint: number }) => ArrayBufferView) =>
      dataOf(length, async () => make(await affine()));
    this.#tensors.push(
      madeTensor(
        value.scale,
        FLOAT,
        [],
        single(4, ({ scale }) => Float32Array.of(scale)),
      ),
      madeTensor(
        value.zeroPoint,
        UINT8,
        [],
        single(1, ({ zeroPoint }) => Uint8Array.of(zeroPoint)),
      ),
      madeTensor(value.integers, UINT8, tensor.dims, {
        length: elementCount(tensor.dims),
        async *bytes() {
          yield* affineIntegers(tensor, await affine());
        },
      }),
    );
    this.#quantised.set(name, value);
    return value;
  }

  /** Sees to it that a value is there as float32. */
  #asFloats(name: string): void {
    const value = this.#quantised.get(name);
    if (!value || this.#made.has(name)) return;
    const inputs = [value.integers, value.scale, value.zeroPoint];
    const axis = value.axis;
    this.#push(madeNode("DequantizeLinear", inputs, [name], `${name}_DequantizeLinear`, { axis }));
  }
}

function namesOf(name: string): Quantised {
  return { integers: `${name}_quantized`, scale: `${name}_scale`, zeroPoint: `${name}_zero_point` };
}

/** What `make` gave the first time. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
