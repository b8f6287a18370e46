import { constants } from "node:fs";
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { NearlabelError } from "../../errors.js";
import { checkSpace } from "../../files/disk.js";
import { makeFolder } from "../../files/folders.js";
import { foreignAnswer, PassingFailure } from "../protocol/failure.js";
import { etagOf, type RepoFile } from "../protocol/repo-file.js";
import { type Connection, chunksOf, retrying, send, startWatch } from "../protocol/transport.js";
import { hasHash } from "./blob-hash.js";
import { cacheRemedy, writingCache } from "./layout.js";
import { withLock } from "./lock.js";

/** One content to bring into the cache. */
export interface BlobRequest {
  readonly file: RepoFile;
  readonly url: string;
  readonly blob: string;
  readonly lock: string;
  /** The file as messages call it. */
  readonly what: string;
}

/**
 * Sees to it that the blob is there and whole. Writes beside it, into `.nearlabel.incomplete`, goes on where an earlier
 * try stopped, checks the hash of what is on disk, and only then gives it the blob's name. Python's huggingface_hub
 * has partial files of its own names (`<etag>.incomplete`, and with a random part), so that neither writes into the
 * other's. `onBytes` is told how many bytes of the file are there.
 * @throws NearlabelError HUB_NOT_FOUND, HUB_UNAUTHORISED, HUB_UNAVAILABLE, HUB_RESPONSE_INVALID, HUB_CORRUPT,
 * WRITE_FAILED
 */
export async function fetchBlob(
  request: BlobRequest,
  connection: Connection,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const { file, blob, lock } = request;
  if (!(await isWhole(request))) {
    await writingCache(blob, async () => {
      await makeFolder(dirname(blob));
      await makeFolder(dirname(lock));
      await withLock(lock, connection.signal, () => fillAndName(request, connection, onBytes));
    });
  }
  onBytes(file.size);
}

async function isWhole({ blob, file }: BlobRequest): Promise<boolean> {
  return (await sizeOf(blob)) === file.size;
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.size;
}

async function fillAndName(
  request: BlobRequest,
  connection: Connection,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const partial = `${request.blob}.nearlabel.incomplete`;
  while (!(await isWhole(request))) {
    const resumed = await fill(request, partial, connection, onBytes);
    if (await hasHash(partial, etagOf(request.file), connection.signal)) {
      await rename(partial, request.blob);
      return;
    }
    await rm(partial);
    // What an earlier run left may have been the wrong part: once more from the start.
    if (!resumed) throw corrupt(request, "its hash is another");
  }
}

/** Brings the partial file to full length. Returns whether some of it was there before. */
async function fill(
  request: BlobRequest,
  partial: string,
  connection: Connection,
  onBytes: (bytes: number) => void,
): Promise<boolean> {
  const handle = await open(partial, constants.O_RDWR | constants.O_CREAT, 0o666);
  try {
    const { size } = await handle.stat();
    let held = size <= request.file.size ? size : 0;
    if (held < size) await handle.truncate(0);
    const resumed = held > 0;
    await checkSpace(dirname(partial), request.file.size - held, cacheRemedy);
    let gained = false;
    const receiveRest = async () => {
      gained = false;
      await receive(request, handle, held, connection, (bytes) => {
        gained ||= bytes > held;
        held = bytes;
        onBytes(bytes);
      });
    };
    await retrying(connection, receiveRest, () => gained);
    // After a loss of power, the name must not be there without the content.
    await handle.sync();
    return resumed;
  } finally {
    await handle.close();
  }
}

/** Asks for what is missing after the first `held` bytes and writes it there. */
async function receive(
  request: BlobRequest,
  handle: FileHandle,
  held: number,
  connection: Connection,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const { file, url, what } = request;
  if (held === file.size) return;
  const watch = startWatch(connection);
  try {
    // Compression would make positions and sizes those of something else.
    const headers = { "accept-encoding": "identity", ...(held > 0 && { range: `bytes=${held}-` }) };
    const response = await send(url, headers, what, connection, watch);
    let position = startOf(response, held, request);
    if (position < held) await handle.truncate(position);
    onBytes(position);
    for await (const chunk of chunksOf(response, what, watch)) {
      if (position + chunk.length > file.size) {
        await handle.truncate(0);
        throw corrupt(request, "more came");
      }
      await writeAt(handle, chunk, position);
      position += chunk.length;
      onBytes(position);
    }
    if (position < file.size) throw brokeOff(request, position);
  } finally {
    watch.stop();
  }
}

async function writeAt(handle: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < chunk.length; ) {
    const { bytesWritten } = await handle.write(chunk, written, chunk.length - written, position + written);
    written += bytesWritten;
  }
}

/** The position in the file where the body of `response` starts: `held`, or 0 from a server that knows no ranges. */
function startOf(response: Response, held: number, request: BlobRequest): number {
  const { file, what } = request;
  const { headers, status } = response;
  if (headers.get("content-type")?.includes("text/html") && !/\.html?$/i.test(file.path)) {
    throw foreignAnswer(response, what);
  }
  if (status === 206) {
    const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get("content-range") ?? "") ?? [];
    if (Number(start) !== held || (total !== "*" && Number(total) !== file.size)) {
      throw corrupt(request, `bytes from ${held} on were asked for, "${headers.get("content-range")}" came`);
    }
    return held;
  }
  const length = headers.get("content-length");
  const isPlain = !headers.get("content-encoding") || headers.get("content-encoding") === "identity";
  if (length !== null && isPlain && Number(length) !== file.size)
    throw corrupt(request, `${length} bytes came`);
  return 0;
}

function corrupt({ file, what }: BlobRequest, found: string): NearlabelError {
  return new NearlabelError(
    "HUB_CORRUPT",
    `${what} is not what the hub lists: expected ${file.size} bytes with the hash ${etagOf(file)}, but ${found}. ` +
      "Nothing of it was kept. Try again; if it stays so, a proxy or a mirror gives out another file.",
  );
}

function brokeOff({ file, what }: BlobRequest, held: number): PassingFailure {
  return new PassingFailure(
    new NearlabelError(
      "HUB_UNAVAILABLE",
      `${what} broke off after ${held} of ${file.size} bytes. Try again later.`,
    ),
  );
}
