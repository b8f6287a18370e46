import { NearlabelError } from "../../errors.js";
import { AskedProcess, ProcessEnded } from "../processes/asked-process.js";
import type { ImageTable } from "../table/image-table.js";
import { buildIndexes, lacksIndexes, SCALAR_ROWS } from "./indexes.js";

/** What is to be done to a table. */
export interface Tending {
  /** Join small files first, and take new rows into the indexes. */
  readonly compact: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** What the process that tends is asked. */
export interface TendRequest {
  readonly place: string;
  readonly compact: boolean;
}

/**
 * Compacts a table if asked to, and builds the indexes that it should have: a large one in a process of its own. What that takes is
 * several times what an ingest takes otherwise.
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

/** False where no process can be started. */
async function tendBeside(request: TendRequest, signal: AbortSignal | undefined): Promise<boolean> {
  const process = await AskedProcess.start<TendRequest, void>("upkeep-process");
  if (!process) return false;
  try {
    // Every change is one commit, so that it can be ended at any moment.
    await process.ask(request, signal);
    return true;
  } catch (error) {
    if (!(error instanceof ProcessEnded)) throw error;
    const message = `${request.place}: the process that builds indexes ended with ${error.message}.`;
    throw new NearlabelError("WRITE_FAILED", message, { cause: error });
  } finally {
    await process.close();
  }
}
