import "./disposal.js";
import { type FileHandle, open } from "node:fs/promises";

/** Opens a file; the handle can be closed by `await using` also where Yarn's Plug'n'Play stands in for Node.js' own `fs`. */
export async function openFile(path: string | Buffer, flags?: string | number): Promise<FileHandle> {
  const handle = await open(path, flags);
  handle[Symbol.asyncDispose] ??= () => handle.close();
  return handle;
}
