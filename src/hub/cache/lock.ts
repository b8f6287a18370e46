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
  while (!(await acquire(file))) {
    signal?.throwIfAborted();
    if (await isAbandoned(file)) await rm(file, { force: true });
    else await sleep(pollEvery);
  }
  const renewal = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => {});
  }, heartbeat);
  try {
    return await work();
  } finally {
    clearInterval(renewal);
    await rm(file, { force: true });
  }
}

async function acquire(file: string): Promise<boolean> {
  try {
    await writeFile(file, `${hostname()} ${process.pid}`, { flag: "wx" });
    return true;
  } catch (error) {
    if (systemErrorCode(error) === "EEXIST") return false;
    throw error;
  }
}

async function isAbandoned(file: string): Promise<boolean> {
  try {
    const [owner, { mtimeMs }] = await Promise.all([readFile(file, "utf8"), stat(file)]);
    const [host, pid] = owner.split(" ");
    return Date.now() - mtimeMs > abandonedAfter || (host === hostname() && !isAlive(Number(pid)));
  } catch {
    return false;
  }
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
