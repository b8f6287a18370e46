import { randomUUID } from "node:crypto";
import * as files from "node:fs";
import { link, readdir, rename, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { NearlabelError, reasonOf, systemErrorCode } from "../errors.js";
import { writing } from "../files/disk.js";
import { makeFolder } from "../files/folders.js";
import type { ObjectStore, ReadOptions, StoredObject } from "./object-store.js";

// Files by number: with Node.js' file handles, which are objects, a shard without pictures takes half as long again.
const open = promisify(files.open);
const read = promisify(files.read);
const write = promisify(files.writeFile);
const status = promisify(files.fstat);
const sync = promisify(files.fsync);
const close = promisify(files.close);

/** Of files that are being written; whoever was killed leaves one. */
const TEMPORARY = ".tmp-";

/** The files of a folder as objects. What was written outlives the loss of power. */
export function folderStore(folder: string): ObjectStore {
  return {
    place: folder,
    async put(key, content, { ifAbsent = false } = {}) {
      const path = join(folder, key);
      return writing(path, () => (ifAbsent ? putOnce(path, content) : replace(path, content)), {
        otherwise: "choose another folder",
        kept: "What was finished is kept.",
      });
    },
    read: (key, options = {}) => readPart(join(folder, key), options),
    list: (prefix) => filesBelow(folder, prefix),
  };
}

async function replace(path: string, content: Uint8Array): Promise<true> {
  const temporary = await writeBeside(path, content);
  await rename(temporary, path);
  return true;
}

/** A second name for a file is made by one of all who try, and the file is whole by then. */
async function putOnce(path: string, content: Uint8Array): Promise<boolean> {
  const temporary = await writeBeside(path, content);
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === "EEXIST") return false;
    throw error;
  } finally {
    await remove(temporary);
  }
}

async function writeBeside(path: string, content: Uint8Array): Promise<string> {
  const temporary = join(dirname(path), `${TEMPORARY}${randomUUID()}`);
  const file = await openNew(temporary);
  try {
    await write(file, content);
    await sync(file);
  } catch (error) {
    await remove(temporary);
    throw error;
  } finally {
    await close(file);
  }
  return temporary;
}

/** One that stays behind does no harm. */
async function remove(temporary: string): Promise<void> {
  await unlink(temporary).catch(() => {});
}

async function openNew(path: string) {
  try {
    return await open(path, "wx");
  } catch (error) {
    if (systemErrorCode(error) !== "ENOENT") throw error;
    await makeFolder(dirname(path));
    return open(path, "wx");
  }
}

async function readPart(path: string, { position = 0, length }: ReadOptions) {
  try {
    const file = await open(path, "r");
    try {
      return await readFrom(file, position, length ?? Math.max(0, (await status(file)).size - position));
    } finally {
      await close(file);
    }
  } catch (cause) {
    if (["ENOENT", "ENOTDIR"].includes(systemErrorCode(cause) ?? "")) return undefined;
    throw new NearlabelError("OBJECTS_UNAVAILABLE", `${path} cannot be read: ${reasonOf(cause)}.`, { cause });
  }
}

async function readFrom(file: number, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await read(file, bytes, filled, length - filled, position + filled);
    if (bytesRead === 0) return bytes.slice(0, filled);
    filled += bytesRead;
  }
  return bytes;
}

/** Files whose times are asked for at the same time. */
const AHEAD = 32;

/** Depth first; names in the order of their bytes, a folder as if it ended in `/`, as object stores list keys. */
async function* filesBelow(folder: string, prefix: string, above = ""): AsyncGenerator<StoredObject> {
  const entries = await readdir(join(folder, above), { withFileTypes: true }).catch((cause: unknown) => {
    if (["ENOENT", "ENOTDIR"].includes(systemErrorCode(cause) ?? "")) return [];
    throw new NearlabelError("OBJECTS_UNAVAILABLE", `${folder} cannot be listed: ${reasonOf(cause)}.`, {
      cause,
    });
  });
  const keys = entries
    .filter(({ name }) => !name.startsWith(TEMPORARY))
    .map((entry) => `${above}${entry.name}${entry.isDirectory() ? "/" : ""}`)
    .filter((key) => key.startsWith(prefix) || (key.endsWith("/") && prefix.startsWith(key)));
  keys.sort(byBytes);
  for (let first = 0; first < keys.length; first += AHEAD) {
    const some = keys.slice(first, first + AHEAD);
    const found = await Promise.all(some.map((key) => fileAt(join(folder, key))));
    for (const [at, key] of some.entries()) {
      if (key.endsWith("/")) yield* filesBelow(folder, prefix, key);
      else if (found[at]) yield { key, bytes: found[at].size, modified: found[at].mtimeMs };
    }
  }
}

async function fileAt(path: string) {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? found : undefined;
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
