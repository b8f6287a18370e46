import { NearlabelError } from "../../errors.js";
import { decodeJsonObject } from "../../files/json.js";
import type { ObjectStore } from "../../objects/object-store.js";
import { identified, PLAN_FORMAT, type Plan } from "./plan.js";

const KEY = "plan.json";

/**
 * The plan at a place.
 *
 * @throws NearlabelError `PLAN_NOT_FOUND`; `PLAN_INVALID` for a damaged or changed one, and one of a later version
 */
export async function readPlan(store: ObjectStore, signal?: AbortSignal): Promise<Plan> {
  const plan = await findPlan(store, signal);
  if (plan) return plan;
  throw new NearlabelError(
    "PLAN_NOT_FOUND",
    `${store.place}: there is no plan. Check the place, or make one with nearlabel jobs plan.`,
  );
}

export async function findPlan(store: ObjectStore, signal?: AbortSignal): Promise<Plan | undefined> {
  const bytes = await store.read(KEY, { signal });
  if (!bytes) return undefined;
  const name = `${store.place}/${KEY}`;
  const { format, id, ...rest } = decodeJsonObject(bytes, name, "PLAN_INVALID");
  if (format !== PLAN_FORMAT) {
    throw new NearlabelError(
      "PLAN_INVALID",
      `${name}: expected a plan of format ${PLAN_FORMAT}, got ${JSON.stringify(format)}. Use the version of nearlabel that made it.`,
    );
  }
  const plan = identified(rest as unknown as Omit<Plan, "id">);
  if (plan.id === id) return plan;
  throw new NearlabelError(
    "PLAN_INVALID",
    `${name} was changed since it was made: its id is ${id}, and what it says has ${plan.id}. Make another plan, elsewhere.`,
  );
}

/**
 * Writes the plan, which makes the place one of shards that can be worked on.
 *
 * @throws NearlabelError `PLAN_EXISTS` where there is another one
 */
export async function writePlan(store: ObjectStore, plan: Plan, signal?: AbortSignal): Promise<void> {
  const { id, ...rest } = plan;
  const text = `${JSON.stringify({ format: PLAN_FORMAT, id, ...rest }, null, 1)}\n`;
  if (await store.put(KEY, Buffer.from(text), { ifAbsent: true, signal })) return;
  const there = await readPlan(store, signal);
  if (there.id !== plan.id) throw otherPlan(store, there, plan);
}

export function otherPlan(store: ObjectStore, there: Plan, plan: Plan): NearlabelError {
  return new NearlabelError(
    "PLAN_EXISTS",
    `${store.place}: there is another plan already, ${there.id.slice(0, 12)} for ${there.source.place}; this one is ${plan.id.slice(0, 12)} for ${plan.source.place}. Sources, model or options differ. Choose another place with --out.`,
  );
}
