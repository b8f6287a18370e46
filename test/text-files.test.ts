import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CsvRecord, readCsv } from "../src/files/csv.js";
import { pathText } from "../src/files/file-path.js";
import { readLines, readText, readTextPieces, textOfBytes } from "../src/files/text.js";
import { temporaryFolder } from "./folders.js";

const CODE = "LABELS_INVALID";

async function fileOf(content: string | Uint8Array): Promise<string> {
  const path = join(await temporaryFolder(), "file");
  await writeFile(path, content);
  return path;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** `text` in the encodings that are read, by name. */
const encodings: Readonly<Record<string, (text: string) => Uint8Array>> = {
  "UTF-8": (text) => Buffer.from(text),
  "UTF-8 with a byte order mark": (text) => Buffer.from(`\uFEFF${text}`),
  "UTF-16, little-endian": (text) => Buffer.from(`\uFEFF${text}`, "utf16le"),
  "UTF-16, big-endian": (text) => Buffer.from(`\uFEFF${text}`, "utf16le").swap16(),
};

describe("text", () => {
  test.each(Object.keys(encodings))("%s is the same text, at once, in pieces and by line", async (name) => {
    const lines = ["cat", "polar bear", "oiseau d'été", "東京 🐈"];
    // More than one piece, cut within characters.
    const text = `${lines.join("\n")}\n`.repeat(5000);
    const path = await fileOf(encodings[name]!(text));
    expect(await readText(path, CODE)).toBe(text);
    expect((await all(readTextPieces(path, CODE))).join("")).toBe(text);
    const read = await all(readLines(path, CODE));
    expect(read).toHaveLength(20_000);
    expect(read.slice(-2)).toEqual([
      { line: 19_999, text: lines[2] },
      { line: 20_000, text: lines[3] },
    ]);
  });

  test.each([
    ["Latin-1", Buffer.from("cat\ntaza\nautob\xfas\n", "latin1"), 3, "UTF-8"],
    ["a character cut off at the end", Buffer.from("cat\né").subarray(0, 5), 2, "UTF-8"],
    ["UTF-16 without its mark", Buffer.from("cat\ndog", "utf16le"), 1, "UTF-8"],
    ["half a surrogate pair", Buffer.from("\uFEFFcat\n\uD83D.", "utf16le"), 2, "UTF-16"],
  ])("%s is an error that names the file and the line", async (_, bytes, line, expected) => {
    const path = await fileOf(bytes);
    const error = {
      code: CODE,
      message: expect.stringMatching(new RegExp(`file, line ${line}: expected ${expected}.*as UTF-8`)),
    };
    await expect(readText(path, CODE)).rejects.toMatchObject(error);
    await expect(all(readLines(path, CODE))).rejects.toMatchObject(error);
  });

  test("the line of an error is right beyond the first piece", async () => {
    const path = await fileOf(Buffer.concat([Buffer.from("a line\n".repeat(50_000)), Buffer.from([0xff])]));
    const error = { message: expect.stringContaining("line 50001:") };
    await expect(readText(path, CODE)).rejects.toMatchObject(error);
    await expect(all(readLines(path, CODE))).rejects.toMatchObject(error);
  });

  test("line ends of all kinds, anywhere", async () => {
    const ends = fc.constantFrom("\n", "\r\n", "\r");
    const words = fc.array(fc.tuple(fc.stringMatching(/^[a-zé\u2028 ]{0,5}$/), ends), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(words, async (lines) => {
        // "\r" and "\n" of two neighbouring ends would be one end.
        const kept = lines.map(([text, end]) => [text === "" ? "x" : text, end] as const);
        const path = await fileOf(kept.map(([text, end]) => text + end).join(""));
        expect((await all(readLines(path, CODE))).map(({ text }) => text)).toEqual(
          kept.map(([text]) => text),
        );
      }),
      { numRuns: 50 },
    );
  });

  test("a long text without line ends is read in time", async () => {
    const path = await fileOf("x".repeat(20_000_000));
    expect((await all(readLines(path, CODE))).map(({ text }) => text.length)).toEqual([20_000_000]);
  });

  test("bytes that are not UTF-8 are shown, and different ones stay different", () => {
    expect(textOfBytes(Buffer.from("caf\xe9.png", "latin1"))).toBe("caf\\xE9.png");
    expect(textOfBytes(Buffer.from("\uFEFFcafé"))).toBe("café");
    expect(pathText(Buffer.concat([Buffer.from("é/"), Buffer.from([0xe9, 0xe8])]))).toBe("é/\\xE9\\xE8");
  });
});

describe("CSV", () => {
  const cellsOf = async (content: string) =>
    (await all(readCsv(await fileOf(content), CODE))).map(({ cells }) => cells);

  test.each([
    ["\r\n", "\n"],
    ["\n", "\r\n"],
    ["\r", "\n"],
    ["\n", "\r"],
  ])("a header that ends in %j and rows that end in %j", async (first, second) => {
    const content = `path,label${first}a.png,bus${second}"b, ""2"".png",cup${second}c.png,"two${second}lines"${second}`;
    expect(await cellsOf(content)).toEqual([
      ["path", "label"],
      ["a.png", "bus"],
      ['b, "2".png', "cup"],
      ["c.png", `two${second}lines`],
    ]);
  });

  test("mixed line ends count as lines, across pieces as well", async () => {
    const ends = ["\r\n", "\n", "\r"];
    const rows = Array.from({ length: 30_000 }, (_, row) => `${row},label ${row}${ends[row % 3]}`);
    const records: CsvRecord[] = await all(readCsv(await fileOf(`id,label\n${rows.join("")}`), CODE));
    expect(records.map(({ cells }) => cells[0])).toEqual(["id", ...rows.keys()].map(String));
    expect(records.at(-1)).toMatchObject({ line: 30_001 });
  });
});
