import type { NearlabelError } from "../../errors.js";
import type { SourceVersion } from "../../files/source-version.js";
import type { ImageSource } from "../../image/source.js";
import type { RowSource } from "../table/row-sources.js";

/** A picture on its way into a table. */
export interface Incoming {
  /** The key that it is to have. */
  readonly path: string;
  /** No bytes where there is an embedding or an error. */
  readonly image: ImageSource;
  /** Of the file that it is, or lies in. */
  readonly version?: SourceVersion;
  readonly label?: string;
  /** Cells of users' own columns, as the source has them. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Of unit length, where it was computed elsewhere. */
  readonly embedding?: Float32Array;
  readonly error?: NearlabelError;
  /** Found in a folder, so that it is no error when it is gone by the time it is read. */
  readonly isListed?: boolean;
}

/** Where pictures come from. */
export interface IngestSource {
  pictures(): AsyncIterable<Incoming>;
  /** Number of pictures; undefined where that cannot be told without reading them. */
  count(): Promise<number | undefined>;
  /** Whether a path of a table belongs to this source, so that it is gone where it does not come any more. */
  owns(path: string): boolean;
  /** Whether it is still there, so that what did not come from it can be taken for gone. */
  isThere(): Promise<boolean>;
  /** What rows are to be read from again, where they are no files of their own. */
  readonly rowSource?: RowSource;
  /** RAW files that were passed over so far, as a JPEG of the same name is there. */
  readonly paired: () => readonly string[];
}
