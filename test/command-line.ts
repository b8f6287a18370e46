import { Readable, Writable } from "node:stream";
import { run } from "../src/cli/program.js";

/** What one command line printed and returned. */
export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Given {
  readonly stdin?: Uint8Array | string;
  readonly signal?: AbortSignal;
  /** Called with each piece of stdout. */
  readonly onOutput?: (text: string) => void;
}

/** Runs `nearlabel` with these arguments, in this process, with streams that are no terminal. */
export async function nearlabel(args: readonly string[], given: Given = {}): Promise<Outcome> {
  const stdout = collector(given.onOutput);
  const stderr = collector();
  const exitCode = await run(args, {
    stdin: Readable.from([Buffer.from(given.stdin ?? "")]) as unknown as NodeJS.ReadStream,
    stdout: stdout.stream,
    stderr: stderr.stream,
    signal: given.signal ?? new AbortController().signal,
  });
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
}

function collector(onText?: (text: string) => void): { stream: NodeJS.WriteStream; text: () => string } {
  let collected = "";
  const stream = new Writable({
    write(chunk, _encoding, done) {
      collected += chunk;
      onText?.(String(chunk));
      done();
    },
  });
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => collected };
}
