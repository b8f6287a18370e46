import type { Label } from "../../labels/set/label.js";

/** One state of a named label set. It never changes: a change makes another version. */
export interface LabelSetVersion {
  readonly name: string;
  /** From 1 up. */
  readonly version: number;
  readonly labels: readonly Label[];
  readonly templates: readonly string[];
  /** ISO 8601, UTC. */
  readonly created: string;
}

/** A version without its labels. `deleted` marks the one by which the set was taken away. */
export interface LabelSetEntry {
  readonly name: string;
  readonly version: number;
  readonly created: string;
  readonly labels: number;
  readonly deleted?: true;
}

/** What a label set is made of. */
export type LabelSetContent = Pick<LabelSetVersion, "labels" | "templates">;

/** Named label sets with their versions. */
export interface LabelSets {
  /** The newest version of each set that is there, by name. */
  list(): Promise<LabelSetEntry[]>;
  /** @throws RequestError LABEL_SET_NOT_FOUND */
  get(name: string, version?: number): Promise<LabelSetVersion>;
  /**
   * Makes the next version; none where the newest is the same already.
   * @param expected the version that the caller has read, 0 for a new set; without it, whatever is there is replaced
   * @throws RequestError LABEL_SET_CHANGED
   */
  put(name: string, content: LabelSetContent, expected?: number): Promise<LabelSetVersion>;
  /** Its versions stay readable by their number. @throws RequestError LABEL_SET_NOT_FOUND, LABEL_SET_CHANGED */
  delete(name: string, expected?: number): Promise<void>;
  /** Oldest first, those by which it was deleted included. @throws RequestError LABEL_SET_NOT_FOUND */
  versions(name: string): Promise<LabelSetEntry[]>;
}

/** What a set may be called, so that it is a name for a folder and a part of an address everywhere. */
export const LABEL_SET_NAME = "^[a-z0-9][a-z0-9._-]{0,63}$";
