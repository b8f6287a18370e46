import { once } from "node:events";
import { type PackedError, unpackError } from "../../encoder/packed-error.js";
import { NearlabelError } from "../../errors.js";
import { packageProcess } from "../../files/package-files.js";
import type { ImageTable } from "../table/image-table.js";
import { buildIndexes, lacksIndexes, SCALAR_ROWS } from "./indexes.js";

/** What is to be done to a table. */
export interface Tending {
  /** Join small files first, and take new rows into the indexes. */
  readonly compact: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** What the process is told. */
export interface TendRequest {
  readonly place: string;
  readonly compact: boolean;
}

/** What it tells in the end. */
export interface TendReply {
  readonly error?: PackedError;
}

/**
 * Compacts a table if asked to, and builds the indexes that it should have: a large one in a process of its own. What that takes is
 * several times what an ingest takes otherwise, and memory that native code gave back stays with its process.
 *
 * @throws the signal's reason; NearlabelError `WRITE_FAILED`. The table is as it was then, or compacted.
 */
export async function tend(images: ImageTable, { compact, signal }: Tending): Promise<void> {
  signal?.throwIfAborted();
  if (!compact && !(await lacksIndexes(images))) return;
  if ((await images.count()) < SCALAR_ROWS) return tendHere(images, compact);
  const tended = await tendBeside({ place: images.place, compact }, signal);
  if (!tended) await tendHere(images, compact);
}

export async function tendHere(images: ImageTable, compact: boolean): Promise<void> {
  if (compact) await images.table.optimize();
  await buildIndexes(images);
}

/** False where no process can be started, as where a program may start none. */
async function tendBeside(request: TendRequest, signal: AbortSignal | undefined): Promise<boolean> {
  let child: ReturnType<typeof packageProcess>;
  try {
    child = packageProcess("dist/bundle/upkeep-process.js");
    await once(child, "spawn");
  } catch {
    return false;
  }
  // Every change is one commit, so that it can be ended at any moment.
  const stop = () => child.kill("SIGKILL");
  signal?.addEventListener("abort", stop);
  try {
    let reply: TendReply | undefined;
    child.once("message", (message: TendReply) => {
      reply = message;
    });
    child.send(request);
    const [code, ended] = await once(child, "exit");
    signal?.throwIfAborted();
    if (reply?.error) throw unpackError(reply.error);
    if (reply) return true;
    const how = ended ?? `exit code ${code}`;
    throw new NearlabelError(
      "WRITE_FAILED",
      `${request.place}: the process that builds indexes ended with ${how}.`,
    );
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}
