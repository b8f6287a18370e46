import { NearlabelError } from "../errors.js";

/** A place in a bucket. */
export interface ObjectAddress {
  readonly bucket: string;
  /** Names with `/` between, without one at the beginning; empty for the whole bucket. */
  readonly key: string;
}

const SCHEME = /^([a-z][a-z0-9+]*):\/\//i;

/** Whether `place` is an address in an object store rather than a path of this machine. */
export function isObjectAddress(place: string): boolean {
  return /^(s3|gs|az|abfss?):\/\//i.test(place);
}

/**
 * Bucket and key of `s3://bucket/key`.
 *
 * @throws NearlabelError `OPTION_INVALID` for another scheme, and for an address without a bucket
 */
export function parseObjectAddress(address: string): ObjectAddress {
  const scheme = SCHEME.exec(address)?.[1]?.toLowerCase();
  const [, bucket = "", key = ""] = /^s3:\/\/([^/]+)\/?(.*)$/is.exec(address) ?? [];
  if (scheme === "s3" && bucket !== "") return { bucket, key };
  const got =
    scheme === "s3"
      ? "no bucket"
      : `${scheme}://, which is read and written for tables alone (Google's and Azure's stores can be reached by S3 through a gateway)`;
  throw new NearlabelError(
    "OPTION_INVALID",
    `${address}: expected an address such as s3://bucket/folder, got ${got}.`,
  );
}

/**
 * The address that `path` means in the folder at an address: `..` leads out of folders, and an address stays what it is. Undefined
 * for what leads out of the bucket.
 */
export function addressIn(folder: string, path: string): string | undefined {
  if (isObjectAddress(path)) return path;
  const { bucket, key } = parseObjectAddress(folder);
  const names = key.split("/").filter((name) => name !== "");
  for (const name of path.split("/")) {
    if (name === "..") {
      if (names.pop() === undefined) return undefined;
    } else if (name !== "." && name !== "") names.push(name);
  }
  return `s3://${bucket}/${names.join("/")}`;
}
