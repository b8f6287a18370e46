import { resolve } from "node:path";
import { isObjectAddress, parseObjectAddress } from "./address.js";
import { folderStore } from "./folder-store.js";
import type { ObjectStore } from "./object-store.js";
import { s3Store } from "./s3-store.js";

/**
 * The objects at a place: a folder of this machine, which need not be there yet, or an address such as `s3://bucket/folder`.
 * Nothing is read for it.
 *
 * @throws NearlabelError `OPTION_INVALID` for an address of another kind
 */
export function openObjectStore(place: string): ObjectStore {
  if (isObjectAddress(place)) return s3Store(place.replace(/\/+$/, ""), parseObjectAddress(place));
  return folderStore(resolve(place));
}
