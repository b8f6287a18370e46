/** Something that is stored under a key. */
export interface StoredObject {
  /** Names with `/` between, relative to the place of the store. */
  readonly key: string;
  readonly bytes: number;
  /** When it was written, in milliseconds since 1970, by the clock of the store. */
  readonly modified: number;
}

export interface PutOptions {
  /** Write only where nothing is stored under the key: of all who try, one succeeds. */
  readonly ifAbsent?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ReadOptions {
  /** First byte, from 0. Default: the beginning. */
  readonly position?: number | undefined;
  /** Number of bytes; fewer come only where the object ends before. Default: all. */
  readonly length?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Objects by key, in a folder of this machine or in a bucket: each is there as a whole or not at all. All methods throw
 * NearlabelError `OBJECTS_NOT_FOUND` for a bucket that is not there, `OBJECTS_REFUSED` for credentials that are not taken,
 * `OBJECTS_UNAVAILABLE` where the store gives no answer after several tries, and `WRITE_FAILED`.
 */
export interface ObjectStore {
  /** What messages call it: the folder, or an address such as `s3://bucket/run`. */
  readonly place: string;
  /** Writes an object. False where `ifAbsent` was asked for and something is there already. */
  put(key: string, content: Uint8Array, options?: PutOptions): Promise<boolean>;
  /** The object or a part of it; undefined where there is none. */
  read(key: string, options?: ReadOptions): Promise<Uint8Array | undefined>;
  /** The objects whose keys begin with `prefix`, in the order of their keys' bytes, as a stream. */
  list(prefix: string, signal?: AbortSignal): AsyncIterable<StoredObject>;
}
