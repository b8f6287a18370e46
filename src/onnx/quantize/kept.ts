import type { WeightsOf } from "./constants.js";
import { type Node, numberAttribute } from "./graph-file.js";
import { outputDims } from "./integers.js";
import { NARROWING } from "./narrowing.js";

export interface Keeping {
  isKept(node: Node): Promise<boolean>;
  /** Of what was to be kept, what at least one node is called. */
  readonly found: ReadonlySet<string>;
}

/** Tells what stays in floats: nodes whose operator is one of `keep`, or whose name has one of it in it, and `NARROWING`. */
export function keepingOf(keep: readonly string[], weights: WeightsOf): Keeping {
  const found = new Set<string>();
  return {
    found,
    async isKept(node) {
      const { opType, name } = node;
      const parts: string[] = [];
      for (const part of keep) {
        const isCalledSo = opType === part || name.includes(part);
        if (isCalledSo || (part === NARROWING && (await narrows(node, weights)))) parts.push(part);
      }
      for (const part of parts) found.add(part);
      return parts.length > 0;
    },
  };
}

async function narrows(node: Node, weights: WeightsOf): Promise<boolean> {
  if (node.opType !== "MatMul" && node.opType !== "Gemm") return false;
  const matrix = await weights(node.inputs[1] ?? "");
  if (matrix?.tensor.dims.length !== 2) return false;
  const [rows = 0, columns = 0] = outputDims(matrix);
  const isFlipped = node.opType === "Gemm" && (await numberAttribute(node, "transB")) === 1;
  return isFlipped ? columns > rows : rows > columns;
}
