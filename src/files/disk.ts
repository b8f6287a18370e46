import { statfs } from "node:fs/promises";
import { NearlabelError, reasonOf, systemErrorCode } from "../errors.js";

const remedies: Readonly<Record<string, string>> = {
  ENOSPC: "Free some space and run it again",
  EDQUOT: "Free some space and run it again",
  EACCES: "Check who may write there",
  EPERM: "Check who may write there",
};

export interface Writing {
  /** Another remedy, for the end of a sentence: `choose another folder`. */
  readonly otherwise: string;
  /** A sentence on what was written before. */
  readonly kept?: string;
}

/** Does `work`, whose system errors mean that `path` cannot be written. @throws NearlabelError WRITE_FAILED */
export async function writing<T>(
  path: string,
  work: () => Promise<T>,
  { otherwise, kept }: Writing,
): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const code = systemErrorCode(cause);
    if (cause instanceof NearlabelError || code === undefined || code === "ABORT_ERR") throw cause;
    const remedy = `${remedies[code] ?? "Check the disk"}, or ${otherwise}.`;
    const message = [`${path} cannot be written: ${reasonOf(cause)}.`, remedy, kept]
      .filter(Boolean)
      .join(" ");
    throw new NearlabelError("WRITE_FAILED", message, { cause });
  }
}

/** @throws NearlabelError WRITE_FAILED where `folder` has no room for `bytes` more */
export async function checkSpace(folder: string, bytes: number, { otherwise }: Writing): Promise<void> {
  const { bavail, bsize, blocks } = await statfs(folder);
  // Some network file systems do not know their size and say 0.
  if (blocks === 0 || bavail * bsize >= bytes) return;
  throw new NearlabelError(
    "WRITE_FAILED",
    `${folder} has no room: ${bytes} bytes are to come, ${bavail * bsize} are free. Free some space, or ${otherwise}.`,
  );
}
