import { isDeepStrictEqual } from "node:util";
import { listed, NearlabelError } from "../../errors.js";
import { openTable } from "../../store/database.js";
import type { TableVersion } from "../../store/table-state.js";
import type { Label } from "../set/label.js";
import { infoOf, type LabelIndexInfo } from "./index-info.js";
import { LABEL_TABLE, labelOfCells } from "./label-rows.js";

/** One state of a label index. */
export interface IndexVersion extends TableVersion {
  /** What is other than in the version before, in words: `2 labels added: "cat"; "dog"`. */
  readonly changes: readonly string[];
}

/** What is told of a state: its info, and its labels by name. */
interface State {
  readonly info: LabelIndexInfo;
  readonly labels: ReadonlyMap<string, Label>;
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
    const rows = Object.entries(columns);
    const labels = (columns.label ?? []).map((_, at) =>
      labelOfCells(Object.fromEntries(rows.map(([name, cells]) => [name, cells[at]!]))),
    );
    return { info, labels: new Map(labels.map((label) => [label.label, label])) };
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
  if (isDeepStrictEqual(state, last)) return ["same content, stored anew"];
  const same = before.findLastIndex((each) => isDeepStrictEqual(state, each));
  if (same >= 0) return [`as version ${versions[same]!.version} again`];
  if (state.info.created !== last.info.created) return ["built anew"];
  return [...labelChanges(state.labels, last.labels), ...fittedChanges(state.info, last.info)];
}

function labelChanges(now: State["labels"], before: State["labels"]): string[] {
  const labels = [...now.values()];
  const added = labels.filter(({ label }) => !before.has(label));
  const changed = labels.filter((label) => {
    const other = before.get(label.label);
    return other && !isDeepStrictEqual(label, other);
  });
  const removed = [...before.values()].filter(({ label }) => !now.has(label));
  return [countOf(added, "added"), countOf(changed, "changed"), countOf(removed, "removed")].flat();
}

function countOf(labels: readonly Label[], what: string): string[] {
  if (labels.length === 0) return [];
  const names = listed(labels.map(({ label }) => JSON.stringify(label)));
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
