import { NearlabelError } from "../../errors.js";
import type { ByteSource } from "../../files/byte-source.js";
import { textOfBytes } from "../../files/text.js";
import { type PaxRecord, paxRecords } from "./pax.js";
import { decimal, leadingMap, MOST_PIECES, paxMap, type SparseMap, sparseMap, withHoles } from "./sparse.js";

/** Everything in a tar file comes in blocks of this many bytes (POSIX.1, "ustar Interchange Format"). */
const BLOCK = 512;

/** The longest name or list of attributes that is taken; longer ones are damage. */
const LONGEST_ATTRIBUTES = 2 ** 20;

/** Read at once: small files lie close together. What is larger is read by itself. */
const WINDOW = 2 ** 18;

/** A file in a tar file. */
export interface TarEntry {
  readonly name: string;
  /** Where its header begins in the archive, or that of its attributes before it. */
  readonly position: number;
  /** Its bytes; to be called before the next entry is asked for, if at all. */
  read(): Promise<Uint8Array>;
}

/**
 * The files in a tar file, in their order: ustar, the names and sizes of its pax and GNU extensions, and the files with holes of
 * GNU tar. What is not read is not read from the source either. Folders, links and devices are passed over.
 *
 * @param start where an entry begins; what pax attributes before it say of all entries is not known then
 *
 * Throws `DATASET_INVALID`, naming the byte, where the file is cut off or no header stands where one should.
 * Everything before has come then: that is why the archive is read here, and not by a library that reads ahead.
 */
export async function* readTar(source: ByteSource, start = 0): AsyncGenerator<TarEntry> {
  const { name: path, size } = source;
  const read = windowed(source);
  const ofAll = new Map<string, string>();
  let own: PaxRecord[] = [];
  let first = start;
  for (let position = start; ; ) {
    const header = await readHeader(read, path, position, size);
    if (header === undefined) {
      if (own.length > 0)
        throw damaged(path, position, "an end mark where a file of that name should follow");
      return;
    }
    const from = position + BLOCK;
    if (isAttributes(header.type)) {
      checkSize(header.size, path, position);
      if (header.size > LONGEST_ATTRIBUTES) throw damaged(path, from, `attributes of ${header.size} bytes`);
      const records = attributesOf(header.type, await read(from, header.size));
      if (records === undefined) throw damaged(path, from, "attributes that are no pax records");
      if (header.type === "g") for (const [key, value] of records) ofAll.set(key, value);
      else own.push(...records);
      position = from + wholeBlocks(header.size);
      continue;
    }
    const attributes: Attributes = {
      own,
      value: (key) => own.findLast((record) => record[0] === key)?.[1] ?? ofAll.get(key),
    };
    const content = await contentOf(header, attributes, from, read, path);
    if (content.end > size) throw damaged(path, size, `the end of the file, within "${content.name}"`);
    position = from + wholeBlocks(content.end - from);
    own = [];
    if (isFile(header.type)) yield { name: content.name, position: first, read: content.read };
    first = position;
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
  readonly block: Buffer;
}

/** What extensions say of an entry. */
interface Attributes {
  /** Of this entry alone. */
  readonly own: readonly PaxRecord[];
  /** The value of a key for this entry: its own, or that of all. */
  value(key: string): string | undefined;
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
    block,
  };
}

/** The content of an entry: what it is called, where it ends, how it is read. */
interface Content {
  readonly name: string;
  /** The byte of the archive after its last one. */
  readonly end: number;
  read(): Promise<Uint8Array>;
}

/** Of the entry whose header ends at `start`. Links, devices and folders have none, whatever size their header tells. */
async function contentOf(
  header: Header,
  attributes: Attributes,
  start: number,
  read: Read,
  path: string,
): Promise<Content> {
  const name = attributes.value("GNU.sparse.name") ?? attributes.value("path") ?? header.name;
  if ("123456".includes(header.type)) return { name, end: start, read: () => read(start, 0) };
  const size = attributes.value("size");
  const bytes = size === undefined ? header.size : decimal(size);
  checkSize(bytes, path, start - BLOCK);
  const from = await sparseContent(header, attributes, { start, bytes }, read);
  if (from === undefined) return { name, end: start + bytes, read: () => read(start, bytes) };
  const { map, stored } = from;
  if (map === undefined) throw damaged(path, start, `a map of holes that does not fit "${name}"`);
  return {
    name,
    end: stored.start + stored.bytes,
    read: async () => withHoles(await read(stored.start, stored.bytes), map),
  };
}

/** Bytes of the archive. */
interface Stored {
  readonly start: number;
  readonly bytes: number;
}

interface SparseContent {
  /** Undefined where it is damaged. */
  readonly map: SparseMap | undefined;
  /** What is stored of the file, after the map. */
  readonly stored: Stored;
}

/** Where the pieces of a file with holes are, in each of GNU tar's four formats; undefined for a file without any. */
async function sparseContent(
  { type, block }: Header,
  { own, value }: Attributes,
  { start, bytes }: Stored,
  read: Read,
): Promise<SparseContent | undefined> {
  if (type === "S") {
    const { numbers, end } = await blocksOfMap(block, start, read);
    const map = sparseMap(numbers, numberOf(block.subarray(483, 495)), bytes);
    return { map, stored: { start: end, bytes } };
  }
  const size = decimal(value("GNU.sparse.realsize") ?? value("GNU.sparse.size") ?? "");
  if (value("GNU.sparse.major") === "1") {
    const leading = leadingMap(textOfBytes(await read(start, Math.min(bytes, LONGEST_ATTRIBUTES))));
    const before = wholeBlocks(leading?.bytes ?? 0);
    const stored = { start: start + before, bytes: bytes - before };
    return { map: leading && sparseMap(leading.numbers, size, stored.bytes), stored };
  }
  const numbers = paxMap(own);
  return numbers && { map: sparseMap(numbers, size, bytes), stored: { start, bytes } };
}

/** The map of GNU's oldest format: 4 pieces in the header, and 21 in each block that follows it. */
async function blocksOfMap(header: Buffer, start: number, read: Read) {
  const numbers: number[] = [];
  const add = (block: Buffer, from: number, pieces: number) => {
    for (let at = from; at < from + 24 * pieces && block[at] !== 0; at += 12) {
      numbers.push(numberOf(block.subarray(at, at + 12)));
    }
  };
  add(header, 386, 4);
  let end = start;
  for (let isMore = header[482] !== 0; isMore && numbers.length < 2 * MOST_PIECES; end += BLOCK) {
    const block = Buffer.from((await read(end, BLOCK)).buffer);
    add(block, 0, 21);
    isMore = block[504] !== 0;
  }
  return { numbers, end };
}

function checkSize(bytes: number, path: string, position: number): void {
  if (!Number.isSafeInteger(bytes) || bytes < 0) throw damaged(path, position, `a size of ${bytes} bytes`);
}

function wholeBlocks(bytes: number): number {
  return Math.ceil(bytes / BLOCK) * BLOCK;
}

/** Plain files: `0`, in old archives NUL, `7`, which POSIX has read as one, and `S`, which has holes. */
function isFile(type: string): boolean {
  return "0\x007S".includes(type);
}

/** pax attributes of the next entry or of all, and GNU long names of files and links. */
function isAttributes(type: string): boolean {
  return "xgLK".includes(type);
}

/** Undefined where they are damaged. */
function attributesOf(type: string, content: Uint8Array): PaxRecord[] | undefined {
  if (type === "L") return [["path", text(content)]];
  return type === "K" ? [["linkpath", text(content)]] : paxRecords(content);
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
