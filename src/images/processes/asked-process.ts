import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { type PackedAnswer, unpackError } from "../../encoder/packed-error.js";
import { packageProcess } from "../../files/package-files.js";

/** A process ended that was to answer. The message says how: `SIGKILL`, `exit code 1`. */
export class ProcessEnded extends Error {}

/**
 * A process of nearlabel's own that is asked one thing after the other, and answers as `answerRequests` does. What takes much memory is done
 * in one, as memory that native code gave back stays with its process.
 */
export class AskedProcess<Request extends object, Answer> {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
    // What cannot be sent rejects the question.
    child.on("error", () => {});
  }

  /**
   * Undefined where no process can be started, as where a program may start none.
   *
   * @param entry file in `dist/bundle`, without `.js`
   */
  static async start<Request extends object, Answer>(
    entry: string,
    ...args: readonly string[]
  ): Promise<AskedProcess<Request, Answer> | undefined> {
    try {
      const child = packageProcess(`dist/bundle/${entry}.js`, args);
      await once(child, "spawn");
      return new AskedProcess(child);
    } catch {
      return undefined;
    }
  }

  /**
   * Asks; not before the last answer has come.
   *
   * @throws the signal's reason once it aborts, when the process has been ended; what the process threw; {@link ProcessEnded}
   */
  async ask(request: Request, signal?: AbortSignal): Promise<Answer> {
    signal?.throwIfAborted();
    const stop = () => this.#child.kill("SIGKILL");
    signal?.addEventListener("abort", stop);
    try {
      const { answer, error } = await this.#told(request);
      if (error) throw unpackError(error);
      return answer;
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener("abort", stop);
    }
  }

  /** Ends the process, whatever it does. */
  async close(): Promise<void> {
    const child = this.#child;
    if (child.connected) child.disconnect();
    if (this.#ended() === undefined) await once(child, "exit");
  }

  #told(request: Request): Promise<PackedAnswer<Answer>> {
    const child = this.#child;
    return new Promise((resolve, reject) => {
      const onExit = () => reject(new ProcessEnded(this.#ended()));
      if (this.#ended() !== undefined) onExit();
      child.once("exit", onExit);
      child.once("message", (told: PackedAnswer<Answer>) => {
        child.removeListener("exit", onExit);
        resolve(told);
      });
      // Where it fails the process is gone, or going: its exit says how.
      child.send(request, () => {});
    });
  }

  #ended(): string | undefined {
    const { exitCode, signalCode } = this.#child;
    return signalCode ?? (exitCode === null ? undefined : `exit code ${exitCode}`);
  }
}
