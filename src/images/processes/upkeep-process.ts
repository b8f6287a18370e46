/** The entry of the process that tends tables. */
import { setPriority } from "node:os";
import { openImageTable } from "../table/open.js";
import { type TendRequest, tendHere } from "../upkeep/tend.js";
import { answerRequests } from "./answer-requests.js";

/** Steps of niceness below other processes: searches are woken first. With ten, an ingest waited minutes for it on a busy machine. */
const BELOW = 1;

yieldToOthers();
answerRequests(async ({ place, tending }: TendRequest): Promise<void> => {
  await using table = await openImageTable(place);
  await tendHere(table, tending);
});

function yieldToOthers(): void {
  try {
    setPriority(BELOW);
  } catch {
    // Some systems let nobody do so.
  }
}
