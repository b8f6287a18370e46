// A job whose vectors are there at once, so that only the contract takes time.
import { planShards } from "../../dist/jobs/plan/make-plan.js";
import { openObjectStore } from "../../dist/objects/open-store.js";
import { datasetOfParts } from "../../dist/rows/parts.js";

const BATCH = 16;
const PIXEL = { data: new Uint8Array(3), width: 1, height: 1, channels: 3 };

/** @param model what the plan says of it: `dimension`, and the rest where a table is to be made */
export async function bareJob(place, { shards, rows, model }) {
  const { dimension } = model;
  const vectors = new Float32Array(BATCH * dimension).map((_, at) => (at % dimension === at % 7 ? 1 : 0));
  const encoder = {
    dimension,
    batching: { size: BATCH, ahead: 2, maxBytes: 1e9 },
    async embedImages(images) {
      const data = vectors.subarray(0, images.length * dimension);
      const norms = new Float64Array(images.length).fill(1);
      return {
        embeddings: { data, rows: images.length, columns: dimension },
        norms,
        errors: new Map(),
      };
    },
  };
  const dataset = datasetOfParts(
    { name: place },
    {
      *list() {},
      parse: (key) => ({ key, size: rows }),
      async *read(_, { start, end }) {
        for (let id = start; id < end; id++) yield { id, image: PIXEL };
      },
    },
  );
  async function* ranges() {
    for (let shard = 0; shard < shards; shard++) yield [[shard, 0, rows]];
  }
  const store = openObjectStore(place);
  const draft = { source: { place, options: {} }, task: { kind: "embed" }, model, shardSize: 1000 };
  const plan = await planShards(store, ranges(), draft);
  return { store, plan, dataset, encoder, pathOf: ({ id }) => `${place}#${id}` };
}
