import { mapAhead } from "../../encoder/rows/map-ahead.js";
import { fileRow } from "../../rows/picture-row.js";
import type { Incoming, IngestSource } from "./incoming.js";

/** Files that are asked for their version at the same time. */
const AHEAD = 16;

/** Files under the very paths that a table has for them. Nothing of the table is taken for gone by it. */
export function listedSource(paths: readonly string[]): IngestSource {
  return {
    pictures: () => mapAhead(each(paths), incoming, { ahead: AHEAD }),
    count: async () => paths.length,
    owns: () => false,
    isThere: async () => true,
    paired: () => [],
  };
}

async function* each(paths: readonly string[]): AsyncGenerator<string> {
  yield* paths;
}

async function incoming(path: string): Promise<Incoming> {
  const { image, version } = await fileRow(path, path, undefined);
  return { path, image, isListed: true, ...(version && { version }) };
}
