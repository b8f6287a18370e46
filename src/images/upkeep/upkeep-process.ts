/** The entry of the process that tends a table: told once what to do, by a `TendRequest`, it answers with a `TendReply` and ends. */
import { setPriority } from "node:os";
import { packError } from "../../encoder/packed-error.js";
import { NearlabelError, reasonOf } from "../../errors.js";
import { openImageTable } from "../table/open.js";
import { type TendReply, type TendRequest, tendHere } from "./tend.js";

/** Steps of niceness below other processes: searches are woken first. With ten, an ingest waited minutes for it on a busy machine. */
const BELOW = 1;

// Ends with the process that asked, whatever became of that.
process.on("disconnect", () => process.exit(1));
process.once("message", async (request: TendRequest) => {
  const reply = await tended(request);
  process.send!(reply, () => process.exit(0));
});

async function tended({ place, compact }: TendRequest): Promise<TendReply> {
  try {
    yieldToOthers();
    await using table = await openImageTable(place);
    await tendHere(table, compact);
    return {};
  } catch (error) {
    const known = error instanceof NearlabelError ? error : new NearlabelError("INTERNAL", reasonOf(error));
    return { error: packError(known) };
  }
}

function yieldToOthers(): void {
  try {
    setPriority(BELOW);
  } catch {
    // Some systems let nobody do so.
  }
}
