import type * as Arrow from "apache-arrow";
import { type ErrorCode, NearlabelError, reasonOf } from "../errors.js";
import { answerInText } from "../objects/s3-answer-text.js";
import { objectError } from "../objects/s3-errors.js";

type LanceDb = typeof import("@lancedb/lancedb");

/** LanceDB and Apache Arrow. */
export interface Libraries {
  readonly lancedb: LanceDb;
  readonly arrow: typeof Arrow;
}

/** Loads both at the first call: 0.2 s that a program without a table does not spend. */
export async function loadLanceDb(): Promise<Libraries> {
  // LanceDB's native part reads these once, as it is loaded. It would write warnings on standard error otherwise,
  process.env.LANCEDB_LOG ??= "error";
  // and hold up to 2 GB that it read ahead, and rows by 8,192: an index of 200,000 vectors took 300 MB more, and no less time.
  process.env.LANCE_DEFAULT_IO_BUFFER_SIZE ??= String(16 * 2 ** 20);
  process.env.LANCE_DEFAULT_BATCH_SIZE ??= "2048";
  const { lancedb, arrow } = await import("./libraries.js").catch((cause: unknown) => {
    throw new NearlabelError(
      "RUNTIME_MISSING",
      `LanceDB for ${process.platform}-${process.arch} cannot be loaded: ${reasonOf(cause)}. Its native packages are optional ` +
        "dependencies of nearlabel: install them, on the machine where it is to run.",
      { cause },
    );
  });
  return { lancedb, arrow };
}

/**
 * What `work` gives; where LanceDB or the file system fails it, an error of `code` with the reason. Where an object store cannot be read,
 * the error is the store's: nothing is wrong with the table.
 */
export async function failingAs<T>(
  code: ErrorCode,
  place: string,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof NearlabelError) throw cause;
    const answer = answerInText(cause);
    if (!answer) throw new NearlabelError(code, `${place}: ${what}: ${shortReason(cause)}.`, { cause });
    const told = objectError(place, answer, code === "WRITE_FAILED" ? "written" : "read") as NearlabelError;
    if (code !== "WRITE_FAILED") throw told;
    throw new NearlabelError(code, `${place}: ${what}: ${told.message.replace(`${place}: `, "")}`, { cause });
  }
}

/** LanceDB's messages go on with places in its own source and with each cause again; the beginning says it all. */
function shortReason(cause: unknown): string {
  const message = reasonOf(cause);
  const [reason = message] = message.split(/,\s+\S+\.rs:\d+|\n|\s+Caused by:/);
  return reason.replace(/^lance error: (?:LanceError\(\w+\): )?/, "").trim();
}
