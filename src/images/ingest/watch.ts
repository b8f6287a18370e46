import { setTimeout as pause } from "node:timers/promises";
import { NearlabelError } from "../../errors.js";
import { fileInputs } from "./file-source.js";
import { isTablePicture } from "./folder-listing.js";
import { checkIngest, type IngestResult, ingest } from "./ingest.js";
import type { IngestOptions } from "./ingest-options.js";

/** Nothing may happen for so long before a change is looked at: pictures come in many at once, and are written bit by bit. */
const QUIET_MS = 700;

/**
 * Keeps a table up to date while pictures come and go: brings in what is there, and again whenever something changes, until the
 * signal aborts. Pictures that are gone are taken out, and those that moved keep their rows. Gives the result of each run that
 * changed something, the first in any case.
 *
 * @throws NearlabelError as `ingest`
 */
export async function* watchPictures(
  folders: string | readonly string[],
  options: IngestOptions,
): AsyncGenerator<IngestResult> {
  checkIngest(options, "watchPictures");
  const { signal } = options;
  const inputs = typeof folders === "string" ? [folders] : folders;
  const places = (await fileInputs(inputs)).map(({ path }) => path);
  const { watch } = await import("chokidar");
  let changes = 0;
  let wake = () => {};
  // Before the first run, so that nothing that happens during it is missed.
  const watcher = watch(places, {
    ignoreInitial: true,
    ignored: (path, stats) =>
      /[/\\]\.[^/\\]*$/.test(path) || (stats?.isFile() === true && !isTablePicture(path)),
  }).on("all", () => {
    changes++;
    wake();
  });
  signal?.addEventListener("abort", () => wake(), { once: true });
  try {
    yield await ingest(inputs, options);
    for (let seen = 0; !signal?.aborted; ) {
      if (changes === seen) await new Promise<void>((woken) => (wake = woken));
      seen = await settled(() => changes, signal);
      if (signal?.aborted) return;
      const result = await ingestAgain(inputs, options);
      if (result && hasChanged(result)) yield result;
    }
  } finally {
    await watcher.close();
  }
}

/** The number of changes once it has stayed the same for a while. */
async function settled(changes: () => number, signal: AbortSignal | undefined): Promise<number> {
  let seen = changes();
  for (;;) {
    await pause(QUIET_MS, undefined, signal ? { signal } : {}).catch(() => {});
    if (signal?.aborted || changes() === seen) return seen;
    seen = changes();
  }
}

/** A folder that holds no picture any more may be that of a disk that is not mounted; it is waited for. */
async function ingestAgain(
  inputs: readonly string[],
  options: IngestOptions,
): Promise<IngestResult | undefined> {
  try {
    return await ingest(inputs, { ...options, prune: true });
  } catch (error) {
    if (error instanceof NearlabelError && error.code === "INPUT_EMPTY") return undefined;
    throw error;
  }
}

function hasChanged({ added, changed, moved, failed, pruned }: IngestResult): boolean {
  return added + changed + moved + failed + pruned > 0;
}
