import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { listed, NearlabelError } from "../../errors.js";
import { openTable } from "../../store/database.js";
import type { TableVersion } from "../../store/table-state.js";
import { infoOf, type LabelIndexInfo } from "./index-info.js";
import { LABEL_TABLE } from "./label-rows.js";

/** One state of a label index. */
export interface IndexVersion extends TableVersion {
  /** What is other than in the version before, in words: `2 labels added: "cat"; "dog"`. */
  readonly changes: readonly string[];
}

/** What is told of a state. */
interface State {
  readonly info: LabelIndexInfo;
  /** Class name, prompts and parent of each label, as one text. */
  readonly labels: ReadonlyMap<string, string>;
  /** The same for states with the same content. */
  readonly hash: string;
}

/** Each version with what changed since the one before, found by comparing the two. */
export async function indexVersions(
  path: string,
  versions: readonly TableVersion[],
): Promise<IndexVersion[]> {
  const states: (State | undefined)[] = [];
  const told: IndexVersion[] = [];
  for (const each of versions) {
    const state = await stateAt(path, each.version);
    told.push({ ...each, changes: changesOf(state, states, versions) });
    states.push(state);
  }
  return told;
}

/** Undefined for one that cannot be read: the others are of use all the same. */
async function stateAt(path: string, version: number): Promise<State | undefined> {
  const table = await openTable(path, LABEL_TABLE, { version }).catch(unlessUnreadable);
  if (!table) return undefined;
  try {
    const info = infoOf(await table.description(), path);
    const { columns } = await table.read({ columns: ["label", "class_name", "prompts", "parent"] });
    const { label = [], class_name, prompts, parent } = columns;
    const labels = new Map(
      label.map((name, at) => [
        name as string,
        JSON.stringify([class_name?.[at], prompts?.[at], parent?.[at]]),
      ]),
    );
    return { info, labels, hash: hashOf(info, labels) };
  } catch (error) {
    return unlessUnreadable(error);
  } finally {
    table.close();
  }
}

function unlessUnreadable(error: unknown): undefined {
  if (!(error instanceof NearlabelError)) throw error;
}

function changesOf(
  state: State | undefined,
  before: readonly (State | undefined)[],
  versions: readonly TableVersion[],
): string[] {
  if (!state) return ["cannot be read"];
  if (before.length === 0) return ["built"];
  const last = before.at(-1);
  if (!last) return ["not known: the version before cannot be read"];
  if (state.hash === last.hash) return ["same content, stored anew"];
  const same = before.findLastIndex((each) => each?.hash === state.hash);
  if (same >= 0) return [`as version ${versions[same]!.version} again`];
  if (state.info.created !== last.info.created) return ["built anew"];
  return [...labelChanges(state.labels, last.labels), ...fittedChanges(state.info, last.info)];
}

function hashOf(info: LabelIndexInfo, labels: State["labels"]): string {
  const hash = createHash("sha256").update(JSON.stringify(info));
  for (const label of [...labels.keys()].sort()) hash.update(JSON.stringify([label, labels.get(label)]));
  return hash.digest("hex");
}

function labelChanges(now: State["labels"], before: State["labels"]): string[] {
  const labels = [...now.keys()];
  const added = labels.filter((label) => !before.has(label));
  const changed = labels.filter((label) => before.has(label) && before.get(label) !== now.get(label));
  const removed = [...before.keys()].filter((label) => !now.has(label));
  return [countOf(added, "added"), countOf(changed, "changed"), countOf(removed, "removed")].flat();
}

function countOf(labels: readonly string[], what: string): string[] {
  if (labels.length === 0) return [];
  const names = listed(labels.map((label) => JSON.stringify(label)));
  return [`${labels.length} ${labels.length === 1 ? "label" : "labels"} ${what}: ${names}`];
}

function fittedChanges(now: LabelIndexInfo, before: LabelIndexInfo): string[] {
  const { examples, calibration, rejection } = now;
  const changes: string[] = [];
  if (!isDeepStrictEqual(examples, before.examples)) {
    const pictures = `${before.examples?.count ?? 0} to ${examples?.count ?? 0}`;
    changes.push(`examples: ${pictures} pictures${examples ? `, weight ${examples.weight}` : ""}`);
  }
  if (!isDeepStrictEqual(calibration, before.calibration)) {
    changes.push(calibration ? `temperature ${calibration.temperature}` : "temperature dropped");
  }
  if (!isDeepStrictEqual(rejection, before.rejection)) {
    changes.push(rejection ? `threshold ${rejection.method} ${rejection.threshold}` : "threshold dropped");
  }
  return changes;
}
