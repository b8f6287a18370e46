import { type ErrorCode, NearlabelError } from "../../errors.js";

/** What the store's errors are called where the table is a label index. */
const CODES: Partial<Record<ErrorCode, ErrorCode>> = {
  TABLE_NOT_FOUND: "INDEX_NOT_FOUND",
  TABLE_EXISTS: "INDEX_EXISTS",
  TABLE_INVALID: "INDEX_INVALID",
  TABLE_CLOSED: "INDEX_CLOSED",
};

/** What `work` gives; errors of the store have the codes of a label index. */
export async function asIndexErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const code = cause instanceof NearlabelError ? CODES[cause.code] : undefined;
    if (code === undefined) throw cause;
    throw new NearlabelError(code, (cause as NearlabelError).message, { cause });
  }
}
