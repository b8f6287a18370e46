import { codedError, NearlabelError } from "../../errors.js";
import { isObject } from "../../files/json.js";
import { openObjectStore } from "../../objects/open-store.js";
import type { Dataset, ImageRow } from "../../rows/dataset.js";
import { datasetOfParts } from "../../rows/parts.js";
import { readPlan } from "../plan/plan-file.js";
import { listDone, readDone } from "../shard/done-shards.js";
import type { ShardRow } from "../shard/shard-row.js";

/**
 * The pictures of a plan's shards that are done, as a data set of embeddings with the labels that the pictures came with: for
 * `evaluate`, which then opens no picture. Ids are the paths that a table has.
 *
 * @param place where the plan lies
 * @throws NearlabelError `PLAN_NOT_FOUND`, `PLAN_INVALID`; `SHARD_INVALID` as a damaged shard is read
 */
export async function jobResults(place: string): Promise<Dataset> {
  const store = openObjectStore(place);
  const plan = await readPlan(store);
  return datasetOfParts<{ readonly shard: number }>(
    { name: `${place} (${plan.id.slice(0, 12)})` },
    {
      async *list() {
        for await (const { shard } of listDone(store, plan)) yield { key: { shard } };
      },
      parse: (value) =>
        isObject(value) && Number.isSafeInteger(value.shard)
          ? { key: { shard: value.shard as number } }
          : undefined,
      async *read({ shard }) {
        const { rows } = await readDone(store, plan, { shard });
        for (const row of rows) yield imageRow(row);
      },
    },
  );
}

function imageRow({ path, given_label: label, vector, error_code, error_message }: ShardRow): ImageRow {
  const row = { id: path, image: new Uint8Array(), ...(label !== null && { label }) };
  if (vector) return { ...row, embedding: vector };
  return { ...row, error: errorOf(error_code, error_message) };
}

function errorOf(code: string | null, message: string | null): NearlabelError {
  const json = { code: code ?? "INTERNAL", message: message ?? "It failed." };
  try {
    return NearlabelError.fromJSON(json);
  } catch (error) {
    // A later version may have written it.
    return codedError(error);
  }
}
