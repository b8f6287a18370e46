import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { NearlabelError, systemErrorCode } from "../errors.js";
import { type FilePath, pathText } from "./file-path.js";
import type { SourceVersion } from "./source-version.js";

/** Bytes of which any part can be read: a file here, later what an HTTP server or an object store holds. */
export interface ByteSource extends AsyncDisposable {
  /** What messages call it. */
  readonly name: string;
  /** In bytes, when it was opened. */
  readonly size: number;
  /** What tells this content from one that takes its place later. */
  readonly version: SourceVersion;
  /**
   * The `length` bytes from `position` on, in memory of their own; fewer only where the source ends before. Reads may run at
   * the same time.
   */
  read(position: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** The most that one read asks for: Node.js refuses 2 GiB and more. */
const PIECE_BYTES = 2 ** 30;

/**
 * Opens a file to be read. A named pipe in its place is refused at once, where waiting for a writer may take for ever.
 *
 * @throws NearlabelError DATASET_NOT_FOUND, and DATASET_INVALID for what is no file or cannot be read
 */
export async function openFile(path: FilePath): Promise<ByteSource> {
  const name = pathText(path);
  // On Windows there is no such flag.
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
  const handle = await open(path, flags).catch((cause: unknown) => {
    throw unreadable(name, cause);
  });
  try {
    const found = await handle.stat();
    if (!found.isFile()) {
      const what = found.isDirectory() ? "a folder" : "a named pipe, a socket or a device";
      throw new NearlabelError("DATASET_INVALID", `"${name}" is ${what}, and a file was expected.`);
    }
    return {
      name,
      size: found.size,
      version: { bytes: found.size, modified: found.mtimeMs },
      async read(position, length) {
        const bytes = new Uint8Array(Math.max(0, Math.min(length, found.size - position)));
        let filled = 0;
        while (filled < bytes.length) {
          const piece = Math.min(bytes.length - filled, PIECE_BYTES);
          const { bytesRead } = await handle.read(bytes, filled, piece, position + filled);
          if (bytesRead === 0) return bytes.slice(0, filled);
          filled += bytesRead;
        }
        return bytes;
      },
      [Symbol.asyncDispose]: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function unreadable(name: string, cause: unknown): NearlabelError {
  const code = systemErrorCode(cause);
  return code === "ENOENT" || code === "ENOTDIR"
    ? new NearlabelError("DATASET_NOT_FOUND", `"${name}" is not there. Check the path.`, { cause })
    : new NearlabelError("DATASET_INVALID", `"${name}" cannot be read (${code ?? String(cause)}).`, {
        cause,
      });
}
