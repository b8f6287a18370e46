import {
  type GraphFile,
  type Node,
  numberAttribute,
  numbersAttribute,
  tensorAttribute,
} from "./graph-file.js";
import type { Matrix } from "./integers.js";
import { FLOAT, holdsFloats, type StoredTensor } from "./stored-tensor.js";

/** The float32 weights of a name; undefined for what is computed from inputs, and for weights of other types. */
export type WeightsOf = (name: string) => Promise<Matrix | undefined>;

/**
 * Weights are tensors of the graph; or, in some exports, what nodes make of one before anything else: a constant, widened from
 * float16, given another name, or transposed. ONNX Runtime computes those when it opens the file, so nothing is lost by
 * taking them as weights. Half precision all the way is left alone: its activations are too, which ONNX cannot quantise.
 */
export function weightsOf({ nodes, initializers, openBeside }: GraphFile): WeightsOf {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const resolve = async (name: string): Promise<Constant | undefined> => {
    const tensor = initializers.get(name);
    if (tensor) return constant(tensor);
    const maker = makers.get(name);
    const [input = ""] = maker?.inputs ?? [];
    switch (maker?.opType) {
      case "Constant":
        return constant(await tensorAttribute(maker, openBeside));
      case "Identity":
        return resolve(input);
      case "Cast":
        return cast(await resolve(input), await numberAttribute(maker, "to"));
      case "Transpose":
        return transposed(maker, await resolve(input));
      default:
        return undefined;
    }
  };
  return async (name) => {
    const found = await resolve(name);
    return found?.type === FLOAT && holdsFloats(found.tensor) ? found : undefined;
  };
}

interface Constant extends Matrix {
  /** Of what the nodes make, as ONNX numbers element types. */
  readonly type: number;
}

function constant(tensor: StoredTensor | undefined): Constant | undefined {
  return tensor && { tensor, type: tensor.type, transposed: false };
}

function cast(from: Constant | undefined, type: number | undefined): Constant | undefined {
  return from && type !== undefined ? { ...from, type } : undefined;
}

async function transposed(node: Node, from: Constant | undefined): Promise<Constant | undefined> {
  if (from?.tensor.dims.length !== 2) return undefined;
  const [first] = (await numbersAttribute(node, "perm")) ?? [1];
  return first === 1 ? { ...from, transposed: !from.transposed } : from;
}
