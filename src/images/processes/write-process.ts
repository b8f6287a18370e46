/** The entry of the process that writes rows to a table of pictures. Its argument says where that lies. */
import { openTable } from "../../store/database.js";
import { IMAGE_TABLE } from "../table/columns.js";
import { answerRequests } from "./answer-requests.js";
import type { WriteRequest } from "./row-writes.js";

// Before it is asked. Where that fails the process ends, and who asks writes the rows, or says why they cannot be written.
const opening = openTable(process.argv[2]!, IMAGE_TABLE);
opening.catch(() => process.exit(1));
answerRequests(async ({ rows, insteadOf }: WriteRequest): Promise<number> => {
  const table = await opening;
  return table.upsert(rows, insteadOf);
});
