import { setTimeout } from "node:timers/promises";
import type { ObjectAddress } from "./address.js";
import type { ObjectStore, PutOptions, ReadOptions, StoredObject } from "./object-store.js";
import { answered } from "./s3-answer.js";
import { s3 } from "./s3-client.js";
import { isAbsent, objectError, statusOf } from "./s3-errors.js";

/** Two conditional writes of one key that met are to be tried again, says Amazon's documentation of the answer 409. */
const MEETINGS = 8;
const MEETING_WAIT_MS = 50;

/** The objects below an address in a bucket. */
export function s3Store(place: string, { bucket, key: above }: ObjectAddress): ObjectStore {
  const folder = above.replace(/\/+$/, "");
  const full = (key: string) => (folder === "" ? key : `${folder}/${key}`);
  const where = { place, bucket };
  return {
    place,
    put: (key, content, options = {}) => put(where, full(key), content, options),
    read: (key, options = {}) => read(where, full(key), options),
    list: (prefix, signal) => list(where, full(prefix), full("").length, signal),
  };
}

interface Bucket {
  readonly place: string;
  readonly bucket: string;
}

async function put(
  { place, bucket }: Bucket,
  key: string,
  content: Uint8Array,
  { ifAbsent = false, signal }: PutOptions,
): Promise<boolean> {
  const { sdk, client } = await s3();
  const input = { Bucket: bucket, Key: key, Body: content, ...(ifAbsent && { IfNoneMatch: "*" }) };
  for (let meeting = 0; ; meeting++) {
    try {
      await answered(
        { place, doing: "written", signal },
        () => client.send(new sdk.PutObjectCommand(input), options(signal)),
        [409, 412],
      );
      return true;
    } catch (cause) {
      if (ifAbsent && statusOf(cause) === 412) return false;
      if (!ifAbsent || statusOf(cause) !== 409 || meeting >= MEETINGS)
        throw objectError(place, cause, "written");
      await setTimeout(MEETING_WAIT_MS * 2 ** meeting, undefined, { signal });
    }
  }
}

async function read(
  { place, bucket }: Bucket,
  key: string,
  { position = 0, length, signal }: ReadOptions,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (length === 0) return new Uint8Array();
  const { sdk, client } = await s3();
  const isPart = position > 0 || length !== undefined;
  const Range = isPart ? `bytes=${position}-${length === undefined ? "" : position + length - 1}` : undefined;
  const command = new sdk.GetObjectCommand({ Bucket: bucket, Key: key, ...(Range && { Range }) });
  try {
    return await answered({ place, doing: "read", signal }, async () => {
      const { Body } = await client.send(command, options(signal));
      return new Uint8Array(await Body!.transformToByteArray());
    }, [404, 416]);
  } catch (cause) {
    if (isAbsent(cause)) return undefined;
    if (statusOf(cause) === 416) return new Uint8Array();
    throw objectError(place, cause, "read");
  }
}

async function* list(
  { place, bucket }: Bucket,
  prefix: string,
  skipped: number,
  signal?: AbortSignal,
): AsyncGenerator<StoredObject> {
  const { sdk, client } = await s3();
  let token: string | undefined;
  do {
    const input = { Bucket: bucket, Prefix: prefix, ...(token && { ContinuationToken: token }) };
    const page = await answered({ place, doing: "read", signal }, () =>
      client.send(new sdk.ListObjectsV2Command(input), options(signal)),
    );
    for (const { Key, Size = 0, LastModified } of page.Contents ?? []) {
      const key = Key!.slice(skipped);
      // Some programs store an empty object for a folder.
      if (key !== "" && !key.endsWith("/"))
        yield { key, bytes: Size, modified: LastModified?.getTime() ?? 0 };
    }
    token = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
}

function options(signal: AbortSignal | undefined) {
  return signal ? { abortSignal: signal } : {};
}
