import type { ByteSource } from "../../files/byte-source.js";
import type { DatasetOptions } from "../../rows/dataset.js";
import { readSamples, type Sample } from "./sample.js";

/** Shards whose samples are remembered: some 100 bytes a sample. */
const SHARDS = 8;

/** Where samples begin in shards, so that one can be read without those before it. */
export interface ShardIndex {
  /** The sample with this key. The first question about a shard reads all of its headers. */
  sample(source: ByteSource, key: string): Promise<Sample | undefined>;
}

export function createShardIndex(options: DatasetOptions): ShardIndex {
  const shards = new Map<string, ReadonlyMap<string, number>>();
  const positionsIn = async (source: ByteSource) => {
    const { bytes, modified } = source.version;
    const version = `${source.name} ${bytes} ${modified}`;
    const positions = shards.get(version) ?? (await positionsOf(source, options));
    // The one that was asked for last is forgotten last.
    shards.delete(version);
    shards.set(version, positions);
    if (shards.size > SHARDS) shards.delete([...shards.keys()][0]!);
    return positions;
  };
  return {
    async sample(source, key) {
      const position = (await positionsIn(source)).get(key);
      if (position === undefined) return undefined;
      for await (const sample of readSamples(source, options, false, position)) return sample;
    },
  };
}

async function positionsOf(source: ByteSource, options: DatasetOptions): Promise<Map<string, number>> {
  const positions = new Map<string, number>();
  for await (const { key, position } of readSamples(source, options, true)) {
    if (!positions.has(key)) positions.set(key, position);
  }
  return positions;
}
