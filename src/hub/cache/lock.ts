import { createHash, randomUUID } from "node:crypto";
import { readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { systemErrorCode } from "../../errors.js";

const heartbeat = 5_000;
/** A lock that was not renewed for so long belongs to a process that is gone. */
const abandonedAfter = 30_000;
const pollEvery = 200;

/**
 * Does `work` while holding the lock file, so that others wait rather than download the same. Node has no flock, which
 * Python's huggingface_hub uses, so the lock is the existence of a file of its own name. It saves work and is not what
 * keeps the cache whole: only verified files are renamed into place.
 */
export async function withLock<T>(
  file: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  // No two are the same, so that a lock is never taken for one that was there before.
  const owner = `${hostname()} ${process.pid} ${randomUUID()}`;
  while (!(await create(file, owner))) {
    signal?.throwIfAborted();
    const other = await abandonedOwner(file);
    if (other === undefined || !(await removeLock(file, other))) await sleep(pollEvery);
  }
  const renewal = setInterval(() => void renew(file, owner), heartbeat);
  try {
    return await work();
  } finally {
    clearInterval(renewal);
    await removeLock(file, owner);
  }
}

/** Whether `file` was not there and is now, with `text`. */
async function create(file: string, text: string): Promise<boolean> {
  try {
    await writeFile(file, text, { flag: "wx" });
    return true;
  } catch (error) {
    if (systemErrorCode(error) === "EEXIST") return false;
    throw error;
  }
}

/** Another process may have taken the lock over while this one was stopped. */
async function renew(file: string, owner: string): Promise<void> {
  const now = new Date();
  if ((await ownerOf(file)) === owner) await utimes(file, now, now).catch(() => {});
}

async function ownerOf(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").catch(() => undefined);
}

/**
 * Deletes the lock if it is that of `owner`. Whoever finds a lock abandoned does so some time before it is deleted, when
 * it may be that of the next owner; so of all who want to delete that of `owner`, one does, and looks once more. False for
 * the others.
 */
async function removeLock(file: string, owner: string): Promise<boolean> {
  const claim = `${file}.${createHash("sha1").update(owner).digest("hex")}`;
  const isMine = await create(claim, "");
  if (isMine && (await ownerOf(file)) === owner) await rm(file, { force: true });
  if (isMine || (await isOld(claim))) await rm(claim, { force: true });
  return isMine;
}

async function isOld(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > abandonedAfter;
}

/** Who holds the lock, if that is a process that is gone. */
async function abandonedOwner(file: string): Promise<string | undefined> {
  const owner = await ownerOf(file);
  if (owner === undefined) return undefined;
  const [host, pid] = owner.split(" ");
  const isGone = (host === hostname() && !isAlive(Number(pid))) || (await isOld(file));
  return isGone ? owner : undefined;
}

function isAlive(pid: number): boolean {
  // The owner's name is written just after the file appears.
  if (!pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) === "EPERM";
  }
}
