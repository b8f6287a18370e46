import { NearlabelError } from "../errors.js";
import { type ByteSource, openFile } from "../files/byte-source.js";
import type { FilePath } from "../files/file-path.js";
import { isObjectAddress, parseObjectAddress } from "./address.js";
import { openObjectStore } from "./open-store.js";
import { answered } from "./s3-answer.js";
import { s3 } from "./s3-client.js";
import { isAbsent, objectError } from "./s3-errors.js";

/** Of one request: a break costs no more than this, and several come side by side. */
const PIECE_BYTES = 8 * 2 ** 20;
const AT_ONCE = 4;

/**
 * Opens the file or the object at `place` to be read.
 *
 * @throws NearlabelError as `openFile`; `OBJECTS_NOT_FOUND`, `OBJECTS_REFUSED`, `OBJECTS_UNAVAILABLE`
 */
export async function openSource(place: FilePath): Promise<ByteSource> {
  return typeof place === "string" && isObjectAddress(place) ? openObject(place) : openFile(place);
}

/** What the object at an address holds, a piece at a time; undefined for a file of this machine. */
export function objectContent(place: string): AsyncIterable<Uint8Array> | undefined {
  return isObjectAddress(place) ? pieces(place) : undefined;
}

async function* pieces(address: string): AsyncGenerator<Uint8Array> {
  await using source = await openObject(address);
  for (let at = 0; at < source.size; at += PIECE_BYTES) yield await source.read(at, PIECE_BYTES);
}

async function openObject(address: string): Promise<ByteSource> {
  const { bucket, key } = parseObjectAddress(address);
  const { sdk, client } = await s3();
  const command = new sdk.HeadObjectCommand({ Bucket: bucket, Key: key });
  const asked = { place: address, doing: "read" } as const;
  const head = await answered(asked, () => client.send(command), [404]).catch((cause: unknown) => {
    if (!isAbsent(cause)) throw objectError(address, cause, "read");
    throw new NearlabelError("DATASET_NOT_FOUND", `"${address}" is not there. Check the address.`, { cause });
  });
  const size = head.ContentLength ?? 0;
  const store = openObjectStore(`s3://${bucket}`);
  return {
    name: address,
    size,
    version: { bytes: size, modified: head.LastModified?.getTime() ?? 0 },
    async read(position, length) {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - position)));
      let next = 0;
      const readPieces = async () => {
        while (next < bytes.length) {
          const at = next;
          next += PIECE_BYTES;
          const wanted = Math.min(PIECE_BYTES, bytes.length - at);
          const piece = await store.read(key, { position: position + at, length: wanted });
          if (piece?.length !== wanted) throw changed(address);
          bytes.set(piece, at);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, readPieces));
      return bytes;
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

function changed(address: string): NearlabelError {
  return new NearlabelError(
    "DATASET_INVALID",
    `"${address}" was replaced or removed while it was being read. Leave data sets as they are while they are read.`,
  );
}
