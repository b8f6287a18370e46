/**
 * What can go wrong, as a stable code that programs may test for.
 * `docs/errors.md` lists each with its cause and its remedy.
 */
export type ErrorCode =
  | "IMAGE_NOT_FOUND"
  | "IMAGE_UNREADABLE"
  | "IMAGE_EMPTY"
  | "IMAGE_UNSUPPORTED"
  | "IMAGE_CORRUPT"
  | "IMAGE_TOO_LARGE"
  | "MODEL_NOT_FOUND"
  | "MODEL_FILE_MISSING"
  | "MODEL_FILE_INVALID"
  | "MODEL_UNSUPPORTED"
  | "MODEL_SHAPE"
  | "MODEL_CLOSED"
  | "LABELS_EMPTY"
  | "LABELS_DUPLICATE"
  | "LABELS_INVALID"
  | "TEMPLATE_INVALID"
  | "INDEX_NOT_FOUND"
  | "INDEX_EXISTS"
  | "INDEX_INVALID"
  | "INDEX_MODEL_MISMATCH"
  | "CACHE_INVALID"
  | "VECTOR_INVALID"
  | "DATASET_NOT_FOUND"
  | "DATASET_INVALID"
  | "HUB_OFFLINE"
  | "HUB_NOT_FOUND"
  | "HUB_UNAUTHORISED"
  | "HUB_UNAVAILABLE"
  | "HUB_RESPONSE_INVALID"
  | "HUB_CORRUPT"
  | "INPUT_EMPTY"
  | "OPTION_INVALID"
  | "WRITE_FAILED";

/**
 * The one error class of nearlabel. The message names the thing, says what was expected, what came, and what
 * to do about it; `code` is stable across releases; `cause` is the underlying error where there is one.
 */
export class NearlabelError extends Error {
  override readonly name = "NearlabelError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }

  /** As `docs/output.md` has it; an `Error` would lose its message. */
  toJSON(): { code: ErrorCode; message: string } {
    return { code: this.code, message: this.message };
  }
}

/** The code of a Node system error (`ENOENT`, `EACCES`, ...), if `error` is one. */
export function systemErrorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
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
  return (error instanceof Error ? error.message : String(error)).trim();
}

/** The first ten of `items`, then how many more there are, for messages that list what was wrong. */
export function listed(items: readonly string[]): string {
  const shown = items.slice(0, 10).join("; ");
  return items.length > 10 ? `${shown}; and ${items.length - 10} more` : shown;
}
