import { NearlabelError } from "../../errors.js";
import type { ByteSource } from "../../files/byte-source.js";
import { textOfBytes } from "../../files/text.js";

/** Everything in a tar file comes in blocks of this many bytes (POSIX.1, "ustar Interchange Format"). */
const BLOCK = 512;

/** The longest name or list of attributes that is taken; longer ones are damage. */
const LONGEST_ATTRIBUTES = 2 ** 20;

/** Read at once: small files lie close together. What is larger is read by itself. */
const WINDOW = 2 ** 18;

/** A file in a tar file. */
export interface TarEntry {
  readonly name: string;
  /** Its bytes; to be called before the next entry is asked for, if at all. */
  read(): Promise<Uint8Array>;
}

/**
 * The files in a tar file, in their order: ustar, and the names and sizes of its pax and GNU extensions. What is not
 * read is not read from the source either. Folders, links and devices are passed over.
 *
 * Throws `DATASET_INVALID`, naming the byte, where the file is cut off or no header stands where one should.
 * Everything before has come then: that is why the archive is read here, and not by a library that reads ahead.
 */
export async function* readTar(source: ByteSource): AsyncGenerator<TarEntry> {
  const { name: path, size } = source;
  const read = windowed(source);
  let attributes: Attributes = {};
  for (let position = 0; ; ) {
    const header = await readHeader(read, path, position, size);
    if (header === undefined) return;
    const start = position + BLOCK;
    const isPrelude = isAttributes(header.type);
    const bytes = isPrelude ? header.size : contentSize(header, attributes);
    if (!Number.isSafeInteger(bytes) || bytes < 0) throw damaged(path, position, `a size of ${bytes} bytes`);
    position = start + Math.ceil(bytes / BLOCK) * BLOCK;
    if (isPrelude) {
      if (bytes > LONGEST_ATTRIBUTES) throw damaged(path, start, `attributes of ${bytes} bytes`);
      attributes = { ...attributes, ...attributesOf(header.type, await read(start, bytes)) };
      continue;
    }
    const name = attributes.name ?? header.name;
    attributes = {};
    if (start + bytes > size) throw damaged(path, size, `the end of the file, within "${name}"`);
    if (isFile(header.type)) yield { name, read: () => read(start, bytes) };
  }
}

/** The bytes of a file from a position on, in memory of their own; an error where the file ends before. */
type Read = (position: number, length: number) => Promise<Uint8Array>;

/** Reads a window at a time. */
function windowed(source: ByteSource): Read {
  let window = new Uint8Array();
  let start = 0;
  return async (position, length) => {
    const from = position - start;
    if (from >= 0 && from + length <= window.length) return window.slice(from, from + length);
    const bytes = await source.read(position, Math.max(length, WINDOW));
    if (bytes.length < length) throw damaged(source.name, position + bytes.length, "the end of the file");
    if (length >= WINDOW) return bytes;
    window = bytes;
    start = position;
    return window.slice(0, length);
  };
}

interface Header {
  readonly name: string;
  readonly size: number;
  readonly type: string;
}

/** What an extension says of the entry after it. */
interface Attributes {
  readonly name?: string;
  readonly size?: number;
}

/** The header at `position`; none where a block of zeros marks the end. */
async function readHeader(
  read: Read,
  path: string,
  position: number,
  fileSize: number,
): Promise<Header | undefined> {
  if (position + BLOCK > fileSize) throw damaged(path, fileSize, "the end of the file, without an end mark");
  const block = Buffer.from((await read(position, BLOCK)).buffer);
  if (block.every((byte) => byte === 0)) return undefined;
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  if (sum !== octal(block.subarray(148, 156))) throw damaged(path, position, "other bytes");
  const prefix = block.toString("latin1", 257, 263) === "ustar\0" ? text(block.subarray(345, 500)) : "";
  const name = text(block.subarray(0, 100));
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    size: numberOf(block.subarray(124, 136)),
    type: String.fromCharCode(block[156]!),
  };
}

/** Links, devices and folders have no content, whatever size their header tells. */
function contentSize({ type, size }: Header, attributes: Attributes): number {
  return "123456".includes(type) ? 0 : (attributes.size ?? size);
}

/** Plain files: `0`, in old archives NUL, and `7`, which POSIX has read as one. */
function isFile(type: string): boolean {
  return type === "0" || type === "\0" || type === "7";
}

/** pax attributes of the next entry or of all, and GNU long names of files and links. */
function isAttributes(type: string): boolean {
  return "xgLK".includes(type);
}

function attributesOf(type: string, content: Uint8Array): Attributes {
  if (type === "L") return { name: text(content) };
  return type === "x" ? paxAttributes(content) : {};
}

/** Records `LENGTH KEY=VALUE\n`, where LENGTH counts the bytes of the whole record. */
function paxAttributes(content: Uint8Array): Attributes {
  const bytes = Buffer.from(content);
  let found: Attributes = {};
  for (let at = 0; at < bytes.length; ) {
    const length = Number.parseInt(bytes.toString("latin1", at, at + 20), 10);
    if (!(length > 0)) break;
    const record = bytes.toString("utf8", at, at + length - 1);
    const key = record.slice(record.indexOf(" ") + 1, record.indexOf("="));
    const value = record.slice(record.indexOf("=") + 1);
    if (key === "path") found = { ...found, name: value };
    if (key === "size") found = { ...found, size: /^\d+$/.test(value) ? Number(value) : Number.NaN };
    at += length;
  }
  return found;
}

/**
 * Octal digits, or a binary number marked by the highest bit of the first byte, in two's complement. NaN for anything else,
 * and for numbers that no file can be long.
 */
function numberOf(field: Buffer): number {
  if ((field[0]! & 0x80) === 0) return octal(field);
  const isSmall = field[0] === 0x80 && field.subarray(1, 6).every((byte) => byte === 0);
  return isSmall ? field.readUIntBE(6, 6) : Number.NaN;
}

function octal(field: Buffer): number {
  const digits = text(field).trim();
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || "0", 8) : Number.NaN;
}

/** Up to the first NUL. */
function text(field: Uint8Array): string {
  const end = field.indexOf(0);
  return textOfBytes(end < 0 ? field : field.subarray(0, end));
}

function damaged(path: string, position: number, found: string): NearlabelError {
  return new NearlabelError(
    "DATASET_INVALID",
    `Cannot read the tar file "${path}" from byte ${position} on. Expected the header or the content of a file, found ${found}. Download or write it again.`,
  );
}
