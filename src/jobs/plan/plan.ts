import { createHash } from "node:crypto";
import type { DecodeOptions } from "../../image/decode/decode.js";
import type { LabelInput } from "../../labels/set/label-set.js";
import type { Device } from "../../onnx/device.js";
import type { Dtype } from "../../onnx/dtype.js";
import type { DatasetOptions } from "../../rows/dataset.js";

/** What is done with each picture. `evaluate` embeds, and keeps the labels that the pictures are known to have. */
export type Task =
  | { readonly kind: "embed" }
  | { readonly kind: "evaluate" }
  | {
      readonly kind: "classify";
      readonly labels: readonly LabelInput[];
      readonly templates: readonly string[];
    };

export type TaskKind = Task["kind"];

/** Where pictures come from. */
export interface PlanSource {
  /** Absolute path, address, or hub id. */
  readonly place: string;
  readonly options: DatasetOptions;
  /** Rows at most, from the first. */
  readonly limit?: number;
}

/** The model, as all workers must have it. */
export interface PlanModel {
  /** As it was asked for: `mini`, a folder, or a hub id. */
  readonly id: string;
  readonly dtype?: Dtype;
  readonly device: Device;
  readonly fingerprint: string;
  /** What beside the model decides the embedding of a picture: `EncoderIdentity.pictures`. */
  readonly pictures: string;
  readonly dimension: number;
  /** Pictures in one run of the network: with another number the last bits of some vectors differ. */
  readonly batchSize: number;
  readonly decoding: Pick<DecodeOptions, "orientation" | "decode" | "maxPixels">;
}

/** What is to be done, cut into shards that can be done anywhere, in any order, and again. Never changes once it is written. */
export interface Plan {
  /** SHA-256 of all that follows, in 64 hexadecimal digits: the same work has the same id. */
  readonly id: string;
  readonly source: PlanSource;
  readonly task: Task;
  readonly model: PlanModel;
  /** Pictures in a shard at most; a part of unknown size, such as a tar file, is a shard by itself. */
  readonly shardSize: number;
  readonly shards: number;
  /** Number of pictures, where it is known without reading them. */
  readonly rows?: number;
  /** SHA-256 of each block of shards. */
  readonly blocks: readonly string[];
}

/** To be raised when older versions of nearlabel could not read a plan, or would do other work for it. */
export const PLAN_FORMAT = 1;

/** The plan with its id. */
export function identified(plan: Omit<Plan, "id">): Plan {
  const { source, task, model, shardSize, shards, rows, blocks } = plan;
  const whole = { source, task, model, shardSize, shards, ...(rows !== undefined && { rows }), blocks };
  const text = JSON.stringify({ format: PLAN_FORMAT, ...whole });
  return { id: createHash("sha256").update(text).digest("hex"), ...whole };
}
