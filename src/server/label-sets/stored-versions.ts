import { isDeepStrictEqual } from "node:util";
import { decodeJsonObject } from "../../files/json.js";
import { isObjectAddress } from "../../objects/address.js";
import { checkConditionalPut } from "../../objects/conditional-put.js";
import { openObjectStore } from "../../objects/open-store.js";
import type { LabelSetEntry, LabelSetVersion } from "./label-sets.js";

/** What an object holds: a version, or the mark of a deletion. */
export type Stored = LabelSetVersion | (Omit<LabelSetEntry, "labels"> & { readonly deleted: true });

/** One folder a set, one JSON file a version. */
export interface StoredVersions {
  /** Numbers of the versions of one set, or of all, oldest first. */
  numbers(name?: string): Promise<Map<string, number[]>>;
  read(name: string, version: number): Promise<Stored | undefined>;
  /** False where another program was first with a version of that number. */
  write(stored: Stored): Promise<boolean>;
}

/** Versions that are kept in memory: they never change. */
const KEPT = 64;
const KEY = /^([^/]+)\/(\d{6,})\.json$/;

/** @throws NearlabelError `OPTION_INVALID` for an address other than of S3 */
export function openVersions(place: string): StoredVersions {
  const store = openObjectStore(place);
  const kept = new Map<string, Stored>();
  let checked: Promise<void> | undefined;
  const check = async () => {
    checked ??= checkConditionalPut(store).catch((error: unknown) => {
      checked = undefined;
      throw error;
    });
    await checked;
  };
  const read = async (name: string, version: number): Promise<Stored | undefined> => {
    const key = keyOf(name, version);
    const bytes = kept.has(key) ? undefined : await store.read(key);
    const stored = bytes ? decoded(bytes, `${store.place}/${key}`) : kept.get(key);
    if (!stored) return undefined;
    kept.set(key, stored);
    if (kept.size > KEPT) kept.delete(kept.keys().next().value!);
    return stored;
  };
  return {
    read,
    async numbers(name) {
      const found = new Map<string, number[]>();
      for await (const { key } of store.list(name === undefined ? "" : `${name}/`)) {
        const [, set = "", version] = KEY.exec(key) ?? [];
        if (version !== undefined) found.set(set, [...(found.get(set) ?? []), Number(version)]);
      }
      for (const versions of found.values()) versions.sort((a, b) => a - b);
      return found;
    },
    async write(stored) {
      // A folder of this machine holds the condition always.
      if (isObjectAddress(place)) await check();
      const { name, version } = stored;
      const bytes = Buffer.from(JSON.stringify(stored));
      if (await store.put(keyOf(name, version), bytes, { ifAbsent: true })) return true;
      // An answer may be lost and the same write sent again, so what is stored decides.
      return isDeepStrictEqual(await read(name, version), decoded(bytes, name));
    },
  };
}

function keyOf(name: string, version: number): string {
  return `${name}/${String(version).padStart(6, "0")}.json`;
}

function decoded(bytes: Uint8Array, name: string): Stored {
  return decodeJsonObject(bytes, name, "LABELS_INVALID") as unknown as Stored;
}
