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
  const { bucket, key } = parseObjectAddress(place);
  const bytes = await openObjectStore(`s3://${bucket}`).read(key);
  if (bytes) return decodeText(bytes, place, code);
  throw new NearlabelError(code, `${place}: there is no such object in the bucket. Check the address.`);
}
