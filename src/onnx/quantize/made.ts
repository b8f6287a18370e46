import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { Node } from "./graph-file.js";
import type { Tensor, TensorData } from "./tensor.js";

/** Fields of TensorProto and NodeProto (onnx.proto). */

/** A tensor of one's own. */
export function madeTensor(name: string, type: number, dims: readonly number[], data: TensorData): Tensor {
  const head = new BinaryWriter();
  for (const size of dims) head.tag(1, WireType.Varint).int64(size);
  head.tag(2, WireType.Varint).int32(type);
  head.tag(8, WireType.LengthDelimited).string(name);
  return { name, head: [head.finish()], data };
}

/** The data of a tensor that is in memory, or comes when it is asked for. */
export function dataOf(length: number, make: () => Promise<ArrayBufferView> | ArrayBufferView): TensorData {
  return {
    length,
    async *bytes() {
      const { buffer, byteOffset, byteLength } = await make();
      yield new Uint8Array(buffer, byteOffset, byteLength);
    },
  };
}

/** A node of one's own. `integers` are attributes; one that is undefined is left out. */
export function madeNode(
  opType: string,
  inputs: readonly string[],
  outputs: readonly string[],
  name: string,
  integers: Readonly<Record<string, number | undefined>> = {},
): Node {
  const given = Object.entries(integers).filter((entry): entry is [string, number] => entry[1] !== undefined);
  const rest = given.map(([key, value]) => {
    const attribute = new BinaryWriter();
    attribute.tag(5, WireType.LengthDelimited).fork();
    attribute.tag(1, WireType.LengthDelimited).string(key);
    attribute.tag(3, WireType.Varint).int64(value);
    attribute.tag(20, WireType.Varint).int32(INTEGER);
    return attribute.join().finish();
  });
  return { opType, name, inputs, outputs, rest, attributes: [], captured: [] };
}

/** AttributeProto.AttributeType.INT. */
const INTEGER = 2;
