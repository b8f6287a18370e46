import { isDeepStrictEqual } from "node:util";
import { RequestError } from "../problems/request-error.js";
import type { LabelSetContent, LabelSetEntry, LabelSets, LabelSetVersion } from "./label-sets.js";
import { openVersions, type Stored } from "./stored-versions.js";

/**
 * Label sets in a folder of this machine, or at an address such as `s3://bucket/label-sets`. A version is written if its number is not
 * there yet, so that of two programs that write at once one is told, and none reads half a file.
 *
 * @throws NearlabelError `OPTION_INVALID` for an address other than of S3
 */
export async function openLabelSets(place: string): Promise<LabelSets> {
  const versions = openVersions(place);
  const newest = async (name: string): Promise<Stored | undefined> => {
    const version = (await versions.numbers(name)).get(name)?.at(-1);
    return version === undefined ? undefined : versions.read(name, version);
  };
  const current = async (name: string, expected?: number): Promise<Stored | undefined> => {
    const found = await newest(name);
    const version = isThere(found) ? found.version : 0;
    if (expected !== undefined && expected !== version) throw changed(name);
    return found;
  };
  const write = async (stored: Stored): Promise<void> => {
    if (!(await versions.write(stored))) throw changed(stored.name);
  };
  return {
    async list() {
      const all = [...(await versions.numbers())];
      const found = await Promise.all(all.map(([name, numbers]) => versions.read(name, numbers.at(-1)!)));
      return found
        .filter(isThere)
        .map(entryOf)
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async get(name, version) {
      const found = version === undefined ? await newest(name) : await versions.read(name, version);
      if (isThere(found)) return found;
      throw notFound(name, version);
    },
    async put(name, content: LabelSetContent, expected) {
      const before = await current(name, expected);
      const { labels, templates } = content;
      if (isThere(before) && isDeepStrictEqual([before.labels, before.templates], [labels, templates]))
        return before;
      const version = (before?.version ?? 0) + 1;
      const stored = { name, version, labels, templates, created: new Date().toISOString() };
      await write(stored);
      return stored;
    },
    async delete(name, expected) {
      const before = await current(name, expected);
      if (!isThere(before)) throw notFound(name);
      await write({ name, version: before.version + 1, created: new Date().toISOString(), deleted: true });
    },
    async versions(name) {
      const numbers = (await versions.numbers(name)).get(name);
      if (!numbers) throw notFound(name);
      const found = await Promise.all(numbers.map((version) => versions.read(name, version)));
      return found.map((stored) => entryOf(stored!));
    },
  };
}

function isThere(stored: Stored | undefined): stored is LabelSetVersion {
  return stored !== undefined && !("deleted" in stored);
}

function entryOf(stored: Stored): LabelSetEntry {
  const { name, version, created } = stored;
  if (!isThere(stored)) return { name, version, created, labels: 0, deleted: true };
  return { name, version, created, labels: stored.labels.length };
}

function notFound(name: string, version?: number): RequestError {
  const which = version === undefined ? "" : ` of version ${version}`;
  return new RequestError("LABEL_SET_NOT_FOUND", `There is no label set "${name}"${which}.`);
}

function changed(name: string): RequestError {
  return new RequestError(
    "LABEL_SET_CHANGED",
    `The label set "${name}" was changed meanwhile. Read it again.`,
  );
}
