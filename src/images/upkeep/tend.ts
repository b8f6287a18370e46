import { NearlabelError } from "../../errors.js";
import { AskedProcess, ProcessEnded } from "../processes/asked-process.js";
import type { ImageTable } from "../table/image-table.js";
import {
  buildIndexes,
  buildScalarIndexes,
  lacksIndexes,
  lacksScalarIndexes,
  SCALAR_ROWS,
} from "./indexes.js";

/**
 * What is to be done to a table: `lookUps` has paths and ids in their indexes, `indexes` builds all that it should have, `all` joins small
 * files before, and takes new rows into each index.
 */
export type Tending = "lookUps" | "indexes" | "all";

/** What the process that tends is asked. */
export interface TendRequest {
  readonly place: string;
  readonly tending: Tending;
}

/**
 * Does to a table what is asked for, if it lacks that: to a large one in a process of its own. What that takes is several times what an
 * ingest takes otherwise.
 *
 * @throws the signal's reason; NearlabelError `WRITE_FAILED`. The table is as it was then, or compacted.
 */
export async function tend(images: ImageTable, tending: Tending, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  if (tending === "lookUps" && !(await lacksScalarIndexes(images))) return;
  if (tending === "indexes" && !(await lacksIndexes(images))) return;
  if ((await images.count()) < SCALAR_ROWS) return tendHere(images, tending);
  const tended = await tendBeside({ place: images.table.uri, tending }, signal);
  if (!tended) await tendHere(images, tending);
}

export async function tendHere(images: ImageTable, tending: Tending): Promise<void> {
  if (tending === "all") await images.table.optimize();
  if (tending === "lookUps") await buildScalarIndexes(images);
  else await buildIndexes(images);
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
