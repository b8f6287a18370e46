import { randomUUID } from "node:crypto";
import { link, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { NearlabelError, reasonOf, systemErrorCode } from "../errors.js";
import { writing } from "../files/disk.js";
import { makeFolder } from "../files/folders.js";
import { openFile } from "../files/open-file.js";
import type { ObjectStore, ReadOptions, StoredObject } from "./object-store.js";

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
    await rm(temporary, { force: true });
  }
}

async function writeBeside(path: string, content: Uint8Array): Promise<string> {
  const temporary = join(dirname(path), `${TEMPORARY}${randomUUID()}`);
  const handle = await openNew(temporary);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  return temporary;
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
    await using handle = await openFile(path);
    const { size } = await handle.stat();
    const bytes = new Uint8Array(Math.max(0, Math.min(length ?? size, size - position)));
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, position + filled);
      if (bytesRead === 0) return bytes.slice(0, filled);
      filled += bytesRead;
    }
    return bytes;
  } catch (cause) {
    if (["ENOENT", "ENOTDIR"].includes(systemErrorCode(cause) ?? "")) return undefined;
    throw new NearlabelError("OBJECTS_UNAVAILABLE", `${path} cannot be read: ${reasonOf(cause)}.`, { cause });
  }
}

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
  for (const key of keys.sort(byBytes)) {
    if (key.endsWith("/")) yield* filesBelow(folder, prefix, key);
    else {
      const found = await stat(join(folder, key)).catch(() => undefined);
      if (found?.isFile()) yield { key, bytes: found.size, modified: found.mtimeMs };
    }
  }
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
