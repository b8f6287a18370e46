import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { NearlabelError, reasonOf, systemErrorCode } from "../../errors.js";
import { RequestError } from "../problems/request-error.js";
import type { EvaluationDone } from "./evaluation-thread.js";
import type { EvaluationEntry, WantedEvaluation } from "./evaluations.js";

/** An evaluation that is done, without its figures. */
export interface StoredEvaluation {
  readonly entry: EvaluationEntry;
  readonly wanted: Pick<WantedEvaluation, "dataset" | "split">;
}

/** Evaluations that are done, on disk. */
export interface EvaluationFolder {
  list(): Promise<StoredEvaluation[]>;
  put(stored: StoredEvaluation, done: EvaluationDone): Promise<void>;
  /** `ReportData` as JSON. @throws RequestError EVALUATION_NOT_FOUND */
  report(id: string): Promise<Uint8Array>;
  /** The file of its `Answers`. */
  answersFile(id: string): string;
  remove(id: string): Promise<void>;
}

/** The names of what is being written or removed, which are hidden; a server that is killed leaves one. */
const DRAFT = /^\.[\da-f-]{36}$/;
/** To write one takes seconds: what was not touched for so long is no other server's that is at it. */
const DRAFT_MS = 3600 * 1000;

/** One folder an evaluation, which is there whole or not at all. @throws NearlabelError WRITE_FAILED */
export async function openEvaluationFolder(folder: string): Promise<EvaluationFolder> {
  const fileOf = (id: string, file: string) => join(folder, id, `${file}.json`);
  const draftOf = (id: string) => join(folder, `.${id}`);
  await mkdir(folder, { recursive: true }).catch((cause) => {
    throw notWritten(folder, cause);
  });
  await removeDrafts(folder);
  return {
    async list() {
      const names = (await readdir(folder)).filter((name) => !name.startsWith("."));
      const found = await Promise.all(
        names.map((id) =>
          readFile(fileOf(id, "entry"), "utf8").then(
            (text) => [JSON.parse(text) as StoredEvaluation],
            () => [],
          ),
        ),
      );
      return found.flat();
    },
    async put(stored, { report, answers }) {
      const { id } = stored.entry;
      const draft = draftOf(id);
      try {
        await mkdir(draft);
        await writeFile(join(draft, "entry.json"), JSON.stringify(stored));
        await writeFile(join(draft, "report.json"), report);
        await writeFile(join(draft, "answers.json"), answers);
        await rename(draft, join(folder, id));
      } catch (cause) {
        await rm(draft, { recursive: true, force: true });
        throw notWritten(join(folder, id), cause);
      }
    },
    async report(id) {
      return readFile(fileOf(id, "report")).catch((cause: unknown) => {
        if (systemErrorCode(cause) !== "ENOENT") throw cause;
        throw new RequestError("EVALUATION_NOT_FOUND", `There is no evaluation ${id} any more.`, { cause });
      });
    },
    answersFile: (id) => fileOf(id, "answers"),
    async remove(id) {
      try {
        await rename(join(folder, id), draftOf(id));
      } catch (cause) {
        if (systemErrorCode(cause) !== "ENOENT") throw cause;
      }
      await rm(draftOf(id), { recursive: true, force: true });
    },
  };
}

/** One that cannot be removed does no harm. */
async function removeDrafts(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!DRAFT.test(name)) continue;
    const draft = join(folder, name);
    const found = await stat(draft).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > DRAFT_MS) await rm(draft, { recursive: true }).catch(() => {});
  }
}

function notWritten(path: string, cause: unknown): NearlabelError {
  return new NearlabelError("WRITE_FAILED", `${path} cannot be written: ${reasonOf(cause)}.`, { cause });
}
