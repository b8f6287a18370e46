import { textOfBytes } from "../../files/text.js";

/** An attribute of an entry: its key, and its value as text. */
export type PaxRecord = readonly [key: string, value: string];

/**
 * The records of a pax header (POSIX.1, "pax Header File Format"): `LENGTH KEY=VALUE\n`, where LENGTH counts the bytes of the
 * whole record. In their order, as a key may come again. Undefined where they are damaged.
 */
export function paxRecords(content: Uint8Array): PaxRecord[] | undefined {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const records: PaxRecord[] = [];
  for (let at = 0; at < bytes.length && bytes[at] !== 0; ) {
    const digits = /^\d{1,15} /.exec(bytes.toString("latin1", at, at + 16))?.[0];
    const end = at + Number(digits);
    const equals = bytes.indexOf("=", at);
    if (digits === undefined || end > bytes.length || bytes[end - 1] !== LINE_FEED) return undefined;
    if (equals <= at + digits.length || equals >= end) return undefined;
    const key = textOfBytes(bytes.subarray(at + digits.length, equals));
    records.push([key, textOfBytes(bytes.subarray(equals + 1, end - 1))]);
    at = end;
  }
  return records;
}

const LINE_FEED = 10;
