import { link, mkdir, readdir, readFile, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { NearlabelError, reasonOf, systemErrorCode } from "../../errors.js";
import { RequestError } from "../problems/request-error.js";
import type { LabelSetContent, LabelSetEntry, LabelSets, LabelSetVersion } from "./label-sets.js";

/** What a file holds: a version, or the mark of a deletion. */
type Stored = LabelSetVersion | (Omit<LabelSetEntry, "labels"> & { readonly deleted: true });

/** Versions that are kept in memory: they never change. */
const KEPT = 64;

/**
 * Label sets in `folder`: one folder a set, one JSON file a version, which is written under another name first and linked to its number,
 * so that of two programs that write at once one is told, and none reads half a file.
 */
export async function openLabelSets(folder: string): Promise<LabelSets> {
  await mkdir(folder, { recursive: true }).catch((cause) => {
    throw notWritten(folder, cause);
  });
  const kept = new Map<string, Stored>();
  const fileOf = (name: string, version: number) =>
    join(folder, name, `${String(version).padStart(6, "0")}.json`);
  const numbers = async (name: string): Promise<number[]> => {
    const files = await readdir(join(folder, name)).catch(() => []);
    return files
      .flatMap((file) => /^(\d{6,})\.json$/.exec(file)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
  };
  const read = async (name: string, version: number): Promise<Stored> => {
    const file = fileOf(name, version);
    const stored = kept.get(file) ?? (JSON.parse(await readFile(file, "utf8")) as Stored);
    kept.set(file, stored);
    if (kept.size > KEPT) kept.delete(kept.keys().next().value!);
    return stored;
  };
  const newest = async (name: string): Promise<Stored | undefined> => {
    const version = (await numbers(name)).at(-1);
    return version === undefined ? undefined : read(name, version);
  };
  const write = async (stored: Stored): Promise<void> => {
    const file = fileOf(stored.name, stored.version);
    const draft = join(folder, stored.name, `.${crypto.randomUUID()}`);
    try {
      await mkdir(join(folder, stored.name), { recursive: true });
      await writeFile(draft, JSON.stringify(stored));
      await link(draft, file).finally(() => unlink(draft));
    } catch (cause) {
      if (systemErrorCode(cause) === "EEXIST") throw changed(stored.name);
      throw notWritten(file, cause);
    }
  };
  const current = async (name: string, expected?: number): Promise<Stored | undefined> => {
    const found = await newest(name);
    const version = isThere(found) ? found.version : 0;
    if (expected !== undefined && expected !== version) throw changed(name);
    return found;
  };
  return {
    async list() {
      const names = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory());
      const found = await Promise.all(names.map(({ name }) => newest(name)));
      return found
        .filter(isThere)
        .map(entryOf)
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async get(name, version) {
      const found =
        version === undefined ? await newest(name) : await read(name, version).catch(() => undefined);
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
      const found = await Promise.all((await numbers(name)).map((version) => read(name, version)));
      if (found.length === 0) throw notFound(name);
      return found.map(entryOf);
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

function notWritten(path: string, cause: unknown): NearlabelError {
  return new NearlabelError("WRITE_FAILED", `${path} cannot be written: ${reasonOf(cause)}.`, { cause });
}
