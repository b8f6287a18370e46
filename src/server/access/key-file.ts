import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { NearlabelError, reasonOf, systemErrorCode } from "../../errors.js";
import { isObject, parseJsonObject } from "../../files/json.js";
import { type ApiKey, type ApiKeys, SCOPES, type Scope } from "./keys.js";

/** A key as its file holds it: without its secret, which only its hash tells. */
export interface StoredKey extends ApiKey {
  /** SHA-256 of the secret in 64 hexadecimal digits. The secret is 32 random bytes, which no list of guesses reaches. */
  readonly hash: string;
  /** ISO 8601, UTC. */
  readonly created: string;
}

export interface NewKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly perMinute?: number | undefined;
}

/** What secrets begin with, so that programs that look for leaked ones find ours. */
const PREFIX = "nearlabel_";

/** Makes a key. The secret is given once, here, and stored nowhere. @throws NearlabelError `KEYS_INVALID`, `WRITE_FAILED` */
export async function addKey(file: string, { name, scopes, perMinute }: NewKey) {
  const secret = PREFIX + randomBytes(32).toString("base64url");
  const key: StoredKey = {
    id: randomBytes(4).toString("hex"),
    name,
    scopes,
    ...(perMinute !== undefined && { perMinute }),
    hash: hashOf(secret).toString("hex"),
    created: new Date().toISOString(),
  };
  await writeKeys(file, [...readKeys(file), key]);
  return { key, secret };
}

/** Takes a key away; a server that runs refuses it within a second. Returns whether it was there. */
export async function removeKey(file: string, id: string): Promise<boolean> {
  const keys = readKeys(file);
  const left = keys.filter((key) => key.id !== id);
  if (left.length < keys.length) await writeKeys(file, left);
  return left.length < keys.length;
}

/** The keys of a file; none where there is no file. @throws NearlabelError `KEYS_INVALID` */
export function readKeys(file: string): StoredKey[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    if (systemErrorCode(cause) === "ENOENT") return [];
    throw new NearlabelError("KEYS_INVALID", `${file} cannot be read: ${reasonOf(cause)}.`, { cause });
  }
  const { keys } = parseJsonObject(text, file, "KEYS_INVALID");
  if (Array.isArray(keys) && keys.every(isStoredKey)) return keys;
  throw new NearlabelError("KEYS_INVALID", `${file} holds no keys as nearlabel keys add writes them.`);
}

function isStoredKey(value: unknown): value is StoredKey {
  if (!isObject(value)) return false;
  const { id, name, scopes, hash, perMinute } = value;
  return (
    typeof id === "string" &&
    typeof name === "string" &&
    Array.isArray(scopes) &&
    scopes.every((scope) => SCOPES.includes(scope)) &&
    /^[\da-f]{64}$/.test(String(hash)) &&
    (perMinute === undefined || typeof perMinute === "number")
  );
}

/** Between two looks whether the file has changed, in milliseconds. */
const LOOK = 1000;

/** The keys of `file`, as it is now: keys that are added or taken away count within a second. */
export function watchKeys(file: string): ApiKeys {
  let keys = hashed(readKeys(file));
  let version = versionOf(file);
  let looked = performance.now();
  const look = () => {
    if (performance.now() - looked < LOOK) return;
    looked = performance.now();
    const found = versionOf(file);
    if (found === version) return;
    // A file that is damaged lets nobody in, until it is whole again.
    keys = [];
    keys = hashed(readKeys(file));
    version = found;
  };
  return {
    find(secret) {
      look();
      const hash = hashOf(secret);
      // All of them, whichever it is, so that the time says nothing.
      return keys.filter((key) => timingSafeEqual(key.digest, hash))[0]?.key;
    },
  };
}

function hashed(keys: readonly StoredKey[]) {
  return keys.map((key) => ({ key, digest: Buffer.from(key.hash, "hex") }));
}

function versionOf(file: string): string {
  const { mtimeMs, ino, size } = statSync(file, { throwIfNoEntry: false }) ?? {};
  return `${mtimeMs} ${ino} ${size}`;
}

function hashOf(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}

async function writeKeys(file: string, keys: readonly StoredKey[]): Promise<void> {
  const draft = `${file}.${randomBytes(4).toString("hex")}`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(draft, `${JSON.stringify({ keys }, null, 2)}\n`, { mode: 0o600 });
    await rename(draft, file);
  } catch (cause) {
    throw new NearlabelError("WRITE_FAILED", `${file} cannot be written: ${reasonOf(cause)}.`, { cause });
  }
}
