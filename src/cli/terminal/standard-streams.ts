import { NearlabelError, reasonOf } from "../../errors.js";
import { EXIT } from "../exit.js";
import { writeError } from "./error-line.js";

/** The streams of the process, with what is done where they cannot be written to: a full disk, a terminal that is gone. */
export function standardStreams(): Pick<NodeJS.Process, "stdin" | "stdout" | "stderr"> {
  const { stdin, stdout, stderr } = process;
  guard(stdout, (error) => {
    // `nearlabel ... | head` closes the pipe early: that is the reader's choice, not a failure.
    if (error.code === "EPIPE") process.exit(EXIT.ok);
    const message = `Standard output cannot be written to: ${reasonOf(error)}. What came before it was written.`;
    writeError(new NearlabelError("WRITE_FAILED", message, { cause: error }), process);
    process.exit(EXIT.usage);
  });
  // Nobody can be told, and the results may go elsewhere.
  guard(stderr, () => {});
  return { stdin, stdout, stderr };
}

/** Failures come as events from pipes and terminals, and are thrown where the stream is a file. */
function guard(stream: NodeJS.WriteStream, onError: (error: NodeJS.ErrnoException) => void): void {
  stream.on("error", onError);
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  stream.write = (...args: unknown[]) => {
    try {
      return write(...args);
    } catch (error) {
      onError(error as NodeJS.ErrnoException);
      return false;
    }
  };
}
