import { resolve } from "node:path";

/** Where tables lie: a folder of this machine, or a place in an object store. */
export interface Location {
  /** What LanceDB is given: an absolute path, or an address such as `s3://bucket/animals`. */
  readonly uri: string;
  /** The absolute path; absent for an object store. */
  readonly folder?: string;
}

/** The object stores that LanceDB reaches. Credentials and regions are read from their usual variables, by LanceDB itself. */
const OBJECT_STORE = /^(?:s3|s3\+ddb|gs|az|abfss?):\/\//i;

/**
 * The location that `place` names. LanceDB takes all that begins like a URL for one: `memory:x` would be kept nowhere and
 * `file:x` at the root of the disk. So whatever is not the address of an object store is the path of a folder, made absolute.
 */
export function locationOf(place: string): Location {
  if (OBJECT_STORE.test(place)) return { uri: place };
  const folder = resolve(place);
  return { uri: folder, folder };
}
