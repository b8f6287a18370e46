/**
 * Whose fault it is, or whose turn: `input` what was asked for, `data` pictures and data sets, `model` its files, `store`
 * label indexes, caches and files that are written, `network` the hub or a server, `internal` nearlabel itself. The exit code of the
 * command follows from it.
 */
export type ErrorKind = "input" | "data" | "model" | "store" | "network" | "internal";

interface Meaning {
  readonly kind: ErrorKind;
  /** A whole sentence for somebody who may not know what lies on this machine. */
  readonly publicMessage: string;
}

/** What every code means. `docs/errors.md` lists them with causes and remedies; a test compares the two. */
export const ERRORS = {
  INPUT_EMPTY: { kind: "input", publicMessage: "There are no pictures to work on." },
  OPTION_INVALID: {
    kind: "input",
    publicMessage: "An option is outside its range, or excludes another one that was given.",
  },
  LABELS_EMPTY: { kind: "input", publicMessage: "There are no labels, or some of them are empty." },
  LABELS_DUPLICATE: { kind: "input", publicMessage: "Labels were given more than once." },
  LABELS_INVALID: { kind: "input", publicMessage: "What was given as labels cannot be read as labels." },
  TEMPLATE_INVALID: { kind: "input", publicMessage: "A template needs exactly one {} for the class name." },
  VECTOR_INVALID: {
    kind: "input",
    publicMessage:
      "An embedding has another length than it should, is not of unit length, or holds no finite numbers.",
  },
  IMAGE_NOT_FOUND: { kind: "data", publicMessage: "There is no such picture." },
  IMAGE_UNREADABLE: { kind: "data", publicMessage: "The picture cannot be read." },
  IMAGE_EMPTY: { kind: "data", publicMessage: "The picture has no bytes." },
  IMAGE_UNSUPPORTED: {
    kind: "data",
    publicMessage: "This is no picture in a format that is read: JPEG, PNG, WebP, GIF, TIFF or AVIF.",
  },
  IMAGE_CORRUPT: { kind: "data", publicMessage: "The picture is damaged or was cut off." },
  IMAGE_TOO_LARGE: { kind: "data", publicMessage: "The picture has more pixels or bytes than are taken." },
  DATASET_NOT_FOUND: { kind: "data", publicMessage: "There is no such data set." },
  DATASET_INVALID: {
    kind: "data",
    publicMessage: "The data set cannot be read as asked, or has other labels than are known.",
  },
  MODEL_NOT_FOUND: { kind: "model", publicMessage: "There is no such model." },
  MODEL_FILE_MISSING: { kind: "model", publicMessage: "A file of the model is missing." },
  MODEL_FILE_INVALID: { kind: "model", publicMessage: "A file of the model cannot be read." },
  MODEL_UNSUPPORTED: { kind: "model", publicMessage: "The model is of a kind that is not known here." },
  MODEL_SHAPE: { kind: "model", publicMessage: "The two towers of the model do not fit together." },
  MODEL_CLOSED: { kind: "model", publicMessage: "The model was closed." },
  RUNTIME_MISSING: { kind: "model", publicMessage: "A native library is not installed." },
  INDEX_NOT_FOUND: { kind: "store", publicMessage: "There is no such label index." },
  INDEX_EXISTS: { kind: "store", publicMessage: "There is a label index already." },
  INDEX_INVALID: { kind: "store", publicMessage: "The label index is damaged, or is none." },
  INDEX_MODEL_MISMATCH: { kind: "store", publicMessage: "The label index was built with another model." },
  INDEX_CLOSED: { kind: "store", publicMessage: "The label index was closed." },
  TABLE_NOT_FOUND: { kind: "store", publicMessage: "There is no such table." },
  TABLE_EXISTS: { kind: "store", publicMessage: "There is a table already." },
  TABLE_INVALID: { kind: "store", publicMessage: "The table is damaged, or is none of ours." },
  TABLE_ROW_INVALID: { kind: "input", publicMessage: "A row holds other values than its table can store." },
  TABLE_FILTER_INVALID: {
    kind: "input",
    publicMessage: "The filter is no condition on columns of the table.",
  },
  TABLE_MODEL_MISMATCH: {
    kind: "store",
    publicMessage: "The pictures of the table were embedded by another model.",
  },
  TABLE_CLOSED: { kind: "store", publicMessage: "The table was closed." },
  CACHE_INVALID: { kind: "store", publicMessage: "The embedding cache is damaged, or is none." },
  CACHE_CLOSED: { kind: "store", publicMessage: "The embedding cache was closed." },
  WRITE_FAILED: { kind: "store", publicMessage: "Something could not be written." },
  OBJECTS_NOT_FOUND: { kind: "store", publicMessage: "There is no such bucket." },
  OBJECTS_REFUSED: { kind: "store", publicMessage: "The object store does not take the credentials." },
  OBJECTS_UNAVAILABLE: {
    kind: "network",
    publicMessage: "The object store cannot be reached. Try again later.",
  },
  OBJECTS_UNSAFE: {
    kind: "store",
    publicMessage: "The object store does not hold the condition that several workers depend on.",
  },
  PLAN_NOT_FOUND: { kind: "store", publicMessage: "There is no such plan." },
  PLAN_EXISTS: { kind: "store", publicMessage: "There is another plan already." },
  PLAN_INVALID: { kind: "store", publicMessage: "The plan is damaged, or is none." },
  PLAN_MODEL_MISMATCH: { kind: "model", publicMessage: "The plan was made for another model." },
  SHARD_INVALID: { kind: "store", publicMessage: "What a worker wrote is damaged." },
  WORKER_LOST: { kind: "network", publicMessage: "A worker ended before its shard was done." },
  HUB_OFFLINE: {
    kind: "network",
    publicMessage: "What is needed is not here, and nothing may be downloaded.",
  },
  HUB_NOT_FOUND: { kind: "network", publicMessage: "The hub has no such repository, revision or file." },
  HUB_UNAUTHORISED: { kind: "network", publicMessage: "The hub asks for permission to read this." },
  HUB_UNAVAILABLE: { kind: "network", publicMessage: "The hub cannot be reached. Try again later." },
  HUB_RESPONSE_INVALID: { kind: "network", publicMessage: "Something other than the hub answered." },
  HUB_CORRUPT: { kind: "network", publicMessage: "A download is not what the hub announced. Try again." },
  REQUEST_INVALID: { kind: "input", publicMessage: "The request is not what this route takes." },
  REQUEST_TOO_LARGE: { kind: "input", publicMessage: "The request holds more than the server takes." },
  REQUEST_UNSUPPORTED: {
    kind: "input",
    publicMessage: "The body is of a type that this route does not take.",
  },
  ROUTE_NOT_FOUND: { kind: "input", publicMessage: "The server has no such route." },
  METHOD_NOT_ALLOWED: { kind: "input", publicMessage: "The route is not for this method." },
  LABEL_SET_NOT_FOUND: { kind: "input", publicMessage: "The server has no such label set." },
  EVALUATION_NOT_FOUND: {
    kind: "input",
    publicMessage: "The server has no such evaluation, or it is not done.",
  },
  LABEL_SET_CHANGED: { kind: "input", publicMessage: "The label set has another version than was expected." },
  KEYS_INVALID: { kind: "store", publicMessage: "The file of API keys is damaged, or is none." },
  KEY_INVALID: { kind: "input", publicMessage: "The server asks for an API key that it knows." },
  KEY_SCOPE: { kind: "input", publicMessage: "The API key does not allow this." },
  HOST_REFUSED: {
    kind: "input",
    publicMessage: "The server does not answer under this name, or to this page.",
  },
  ADDRESS_REFUSED: { kind: "input", publicMessage: "The server fetches nothing from this address." },
  SERVER_BUSY: {
    kind: "network",
    publicMessage: "The server has more to do than it takes. Try again later.",
  },
  SERVER_TIMEOUT: { kind: "network", publicMessage: "The server did not finish in time. Try again later." },
  SERVER_CLOSING: { kind: "network", publicMessage: "The server is closing. Try again later." },
  INTERNAL: { kind: "internal", publicMessage: "This is a fault of nearlabel." },
} as const satisfies Readonly<Record<string, Meaning>>;

/** What can go wrong, as a stable code that programs may test for; `docs/errors.md` lists them. */
export type ErrorCode = keyof typeof ERRORS;

/**
 * The one error class of nearlabel. The message names the thing, says what was expected, what came, and what
 * to do about it, and may hold paths of this machine; `publicMessage` holds none. `code` is stable across releases;
 * `kind` and `publicMessage` follow from it; `cause` is the underlying error where there is one.
 */
export class NearlabelError extends Error {
  override readonly name = "NearlabelError";
  readonly code: ErrorCode;
  readonly kind: ErrorKind;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(shortMessage(message), options);
    this.code = code;
    this.kind = ERRORS[code].kind;
  }

  /** One sentence that may be told to a stranger: no path, nothing of this machine, nothing of what was given. */
  get publicMessage(): string {
    return ERRORS[this.code].publicMessage;
  }

  /** As `docs/output.md` has it; an `Error` would lose its message. */
  toJSON(): { code: ErrorCode; message: string } {
    return { code: this.code, message: this.message };
  }

  /**
   * The error that `toJSON` told of, in another thread or program: `structuredClone` and `postMessage` make an `Error` of any
   * error, without its code.
   * @throws TypeError for what `toJSON` does not give
   */
  static fromJSON(json: { readonly code: string; readonly message: string }): NearlabelError {
    const { code, message } = json ?? {};
    if (typeof code === "string" && Object.hasOwn(ERRORS, code) && typeof message === "string") {
      return new NearlabelError(code as ErrorCode, message);
    }
    throw new TypeError(`Expected { code, message } of a NearlabelError, got ${JSON.stringify(json)}`);
  }
}

/** In characters. More is a name or text that was handed over, such as a picture in base64. */
const LONGEST_MESSAGE = 2000;

/** `message`, or its beginning and its end, which say what happened and what to do. */
function shortMessage(message: string): string {
  if (message.length <= LONGEST_MESSAGE) return message;
  const half = (LONGEST_MESSAGE - 1) >> 1;
  return `${message.slice(0, half)}…${message.slice(-half)}`;
}

/** Whether it is an error of any context: those of Jest and of Vitest's vm pools have an `Error` of their own. */
export function isError(value: unknown): value is Error {
  return (
    value instanceof Error ||
    /^\[object (?:Error|DOMException)\]$/.test(Object.prototype.toString.call(value))
  );
}

/** What was thrown, as an error with a code: anything that has none is `INTERNAL`. */
export function codedError(error: unknown): NearlabelError {
  if (error instanceof NearlabelError) return error;
  return new NearlabelError("INTERNAL", isError(error) ? error.message : String(error), {
    cause: error,
  });
}

/** The code of a Node system error (`ENOENT`, `EACCES`, ...), if `error` is one. */
export function systemErrorCode(error: unknown): string | undefined {
  return isError(error) && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** What the errors of the system that come most often mean. */
const systemReasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  ENOTDIR: "a part of its path is no folder",
  EISDIR: "it is a folder",
  EACCES: "this program has no permission",
  EPERM: "this program has no permission",
  EROFS: "the disk can only be read",
  ENOSPC: "the disk is full",
  EDQUOT: "the quota is used up",
  EMFILE: "too many files are open",
  ENAMETOOLONG: "the name is too long",
};

/** What `error` says, for the middle of a sentence: of a system error what it means and its code, and no path. */
export function reasonOf(error: unknown): string {
  const code = systemErrorCode(error);
  if (code !== undefined && Object.hasOwn(systemReasons, code)) return `${systemReasons[code]} (${code})`;
  return (isError(error) ? error.message : String(error)).trim();
}

/** The first ten of `items`, then how many more there are, for messages that list what was wrong. */
export function listed(items: readonly string[]): string {
  const shown = items.slice(0, 10).join("; ");
  return items.length > 10 ? `${shown}; and ${items.length - 10} more` : shown;
}

/** An option that has another value than it may: `Expected topK to be a whole number from 1, got NaN.` */
export function optionError(name: string, expected: string, got: unknown): NearlabelError {
  return new NearlabelError("OPTION_INVALID", `Expected ${name} to be ${expected}, got ${shown(got)}.`);
}

/** A value in a message, never at length. */
function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 80 ? `${value.slice(0, 79)}…` : value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "object" && value !== null) {
    return "then" in value ? "a promise: await is missing" : "an object";
  }
  return typeof value === "function" ? "a function" : String(value);
}
