import { statfs } from "node:fs/promises";
import { NearlabelError, systemErrorCode } from "../errors.js";

const remedies: Readonly<Record<string, string>> = {
  ENOSPC: "The disk is full: free some space and run it again. What came so far is kept.",
  EDQUOT: "The quota is used up: free some space and run it again. What came so far is kept.",
  EACCES: "Check who may write there, or set HF_HUB_CACHE to another folder.",
  EPERM: "Check who may write there, or set HF_HUB_CACHE to another folder.",
  EROFS: "It can only be read: set HF_HUB_CACHE to another folder.",
};

/** Does `work`, whose system errors mean that `path` cannot be written. @throws NearlabelError WRITE_FAILED */
export async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const code = systemErrorCode(cause);
    if (cause instanceof NearlabelError || code === undefined || code === "ABORT_ERR") throw cause;
    const remedy = remedies[code] ?? "Check the disk, or set HF_HUB_CACHE to another folder.";
    throw new NearlabelError("WRITE_FAILED", `${path} cannot be written (${code}). ${remedy}`, { cause });
  }
}

/** @throws NearlabelError WRITE_FAILED where `folder` has no room for `bytes` more */
export async function checkSpace(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize, blocks } = await statfs(folder);
  // Some network file systems do not know their size and say 0.
  if (blocks === 0 || bavail * bsize >= bytes) return;
  throw new NearlabelError(
    "WRITE_FAILED",
    `${folder} has no room: ${bytes} bytes are to come, ${bavail * bsize} are free. Free some space, or set ` +
      "HF_HUB_CACHE to another folder.",
  );
}
