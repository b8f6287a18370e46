import { NearlabelError } from "../errors.js";
import { type FilePath, filePathOf } from "./file-path.js";
import { decodeText } from "./text.js";

const NUL = 0;
const LINE_FEED = 0x0a;

/**
 * The names in a list of files: one a line, or with NUL between as `find -print0` writes them. A byte order mark is no part
 * of the first, and with the one of UTF-16 the list is read as that. Names that are not UTF-8 are bytes. `list` is what
 * messages call the list.
 *
 * @throws NearlabelError OPTION_INVALID for UTF-16 without a byte order mark
 */
export function namesInList(bytes: Buffer, list: string): FilePath[] {
  const mark = bytes.subarray(0, 2).toString("hex");
  const isUtf16 = mark === "fffe" || mark === "feff";
  const content = isUtf16 ? Buffer.from(decodeText(bytes, list, "OPTION_INVALID")) : withoutMark(bytes);
  const byNul = content.includes(NUL);
  const names = split(content, byNul ? NUL : LINE_FEED);
  // In UTF-16 the line feed has a NUL on either side; as a name it would stand alone.
  if (byNul && names.some((name) => name.length === 1 && name[0] === LINE_FEED)) {
    throw new NearlabelError(
      "OPTION_INVALID",
      `${list}: expected names in UTF-8, got UTF-16 without a byte order mark. Save the list as UTF-8.`,
    );
  }
  return (byNul ? names : names.map(withoutReturn)).filter((name) => name.length > 0).map(filePathOf);
}

/** Without the byte order mark of UTF-8. */
function withoutMark(bytes: Buffer): Buffer {
  return bytes.subarray(0, 3).toString("hex") === "efbbbf" ? bytes.subarray(3) : bytes;
}

function withoutReturn(name: Buffer): Buffer {
  return name.at(-1) === 0x0d ? name.subarray(0, -1) : name;
}

function split(bytes: Buffer, separator: number): Buffer[] {
  const parts: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf(separator); end >= 0; end = bytes.indexOf(separator, start)) {
    parts.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return [...parts, bytes.subarray(start)];
}
