import { type ErrorCode, NearlabelError } from "../errors.js";
import { decodeText, readText } from "../files/text.js";
import { isObjectAddress, parseObjectAddress } from "./address.js";
import { openObjectStore } from "./open-store.js";

/**
 * The text of the file or the object at `place`, as {@link readText} decodes it.
 *
 * @throws NearlabelError of `code`; `OBJECTS_NOT_FOUND`, `OBJECTS_REFUSED`, `OBJECTS_UNAVAILABLE`
 */
export async function textAt(place: string, code: ErrorCode): Promise<string> {
  if (!isObjectAddress(place)) return readText(place, code);
  return decodeText(await bytesAt(place, code), place, code);
}

/**
 * The bytes of the object at an address, for what is as small as a list or a picture.
 *
 * @throws as {@link textAt}
 */
export async function bytesAt(place: string, code: ErrorCode): Promise<Uint8Array> {
  const { bucket, key } = parseObjectAddress(place);
  const bytes = await openObjectStore(`s3://${bucket}`).read(key);
  if (bytes) return bytes;
  throw new NearlabelError(code, `${place}: there is no such object in the bucket. Check the address.`);
}
