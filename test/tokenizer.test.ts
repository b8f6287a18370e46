import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Tokenizer } from "@huggingface/tokenizers";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { asInPython } from "../src/tokens/corrections.js";
import { asWritten, lowerCase } from "../src/tokens/text-cleaning.js";
import { type ClipTokenizer, openTokenizer } from "../src/tokens/tokenizer.js";
import { temporaryFolder } from "./folders.js";
import { type Pieces, tokenTexts } from "./token-texts.js";

interface Golden {
  contextLength: number;
  checksums: string;
  examples: { text: string; ids: number[] }[];
}

const read = (name: string) => JSON.parse(readFileSync(new URL(`golden/${name}`, import.meta.url), "utf8"));
const golden: { seed: number; mini: Golden; clip: Golden } = read("tokens.json");
const pieces: Pieces = read("token-pieces.json");
const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const miniFile = path("../models/mini/tokenizer.json");
const clipFile = path("../../shared/models/clip-tokenizer/tokenizer.json");

function open(file: string, contextLength: number): ClipTokenizer {
  return openTokenizer(file, { contextLength, padToken: "<|endoftext|>" });
}

/** FNV-1a, 32 bits, over the ids. */
function checksum(ids: readonly number[]): number {
  return ids.reduce((value, id) => Math.imul(value ^ id, 0x01000193) >>> 0, 0x811c9dc5);
}

/** The texts whose ids differ from Python's. */
function differing(tokenizer: ClipTokenizer, checksums: string): string[] {
  const bytes = Buffer.from(checksums, "base64");
  return tokenTexts(pieces, golden.seed, bytes.length / 4).filter(
    (text, index) => checksum(tokenizer.encode(text).ids) !== bytes.readUInt32LE(index * 4),
  );
}

describe.each([
  { name: "mini", file: miniFile, expected: golden.mini },
  { name: "clip", file: clipFile, expected: golden.clip },
])("$name's tokenizer", ({ name, file, expected }) => {
  // OpenAI's tokenizer is not part of the project: where it is not at hand, mini's is the one that is checked.
  const here = test.skipIf(name === "clip" && !existsSync(file));

  here("gives Python's ids for 10,000 made-up texts", () => {
    expect(differing(open(file, expected.contextLength), expected.checksums)).toEqual([]);
  });

  here("gives Python's ids for the examples", () => {
    const tokenizer = open(file, expected.contextLength);
    for (const { text, ids } of expected.examples) expect(tokenizer.encode(text).ids, text).toEqual(ids);
  });
});

/** Marks and punctuation in the made-up texts that Unicode has had for a while and `tokenizers` 0.23 does not know yet. */
const newer = /\u{61d}|[\u{1abf}-\u{1add}]|[\u{1e944}-\u{1e94a}]/u;

test.each([
  { family: "siglip2", kind: "Gemma's BPE", clean: lowerCase },
  { family: "altclip", kind: "SentencePiece's unigrams", clean: asWritten },
  { family: "chinese-clip", kind: "BERT's word pieces", clean: asWritten },
])("$kind: Python's ids for 2,000 made-up texts", ({ family, clean }) => {
  const file = path(`golden/families/${family}/tokenizer.json`);
  const whole = { contextLength: Number.POSITIVE_INFINITY, padToken: undefined, clean };
  const texts = differing(openTokenizer(file, whole), read("families/tokens.json")[family]);
  expect(texts.filter((text) => !newer.test(text))).toEqual([]);
});

test.skipIf(!existsSync(clipFile))("CLIP's ids of a prompt, padded with the end token", () => {
  const tokenizer = open(clipFile, 77);
  const batch = tokenizer.batch(["a photo of a apple", "a"].map(tokenizer.encode));
  expect(batch).toEqual({
    ids: Int32Array.of(
      49406,
      320,
      1125,
      539,
      320,
      3055,
      49407,
      49406,
      320,
      49407,
      49407,
      49407,
      49407,
      49407,
    ),
    attentionMask: Int32Array.of(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0),
    texts: 2,
    length: 7,
    padId: 49407,
    truncated: [],
  });
});

describe("mini's tokenizer", () => {
  const tokenizer = open(miniFile, 32);

  test("cuts a long text to the context, keeps its end token and says so", () => {
    const batch = tokenizer.batch(["short", "word ".repeat(31), "word ".repeat(30)].map(tokenizer.encode));
    expect(batch.length).toBe(32);
    expect(batch.truncated).toEqual([1]);
    expect([batch.ids[32], batch.ids[63]]).toEqual([8190, 8191]);
  });

  test("takes lone surrogates as U+FFFD", () => {
    expect(tokenizer.encode("a\ud800b\udc00")).toEqual(tokenizer.encode("a\ufffdb\ufffd"));
    expect(tokenizer.encode("\ud83d\ude00").ids).not.toEqual(tokenizer.encode("\ufffd").ids);
  });

  test("shows the text of each id, and a part of a character as U+FFFD", () => {
    const { ids } = tokenizer.encode("a photo of x²");
    expect(ids.map((id) => tokenizer.tokenText(id))).toEqual([
      "<|startoftext|>",
      "a",
      "photo",
      "of",
      "x",
      "\ufffd",
      "\ufffd",
      "<|endoftext|>",
    ]);
    expect(tokenizer.tokenText(99_999)).toBe("");
  });

  test("pads with the end token where no pad token is named", () => {
    const unnamed = openTokenizer(miniFile, { contextLength: 32, padToken: undefined });
    expect(unnamed.batch([unnamed.encode("a b"), unnamed.encode("")]).ids.slice(-2)).toEqual(
      Int32Array.of(8191, 8191),
    );
  });
});

/** The ids that the library gives a text as a whole, nothing remembered. */
function wholeText(json: object): (text: string) => number[] {
  const tokenizer = new Tokenizer(asInPython(json as Parameters<typeof asInPython>[0]), {});
  return (text) => tokenizer.encode(text).ids;
}

describe("texts that are encoded word by word", () => {
  const json = read("../../models/mini/tokenizer.json");
  const whole = wholeText(json);

  test("have the ids of the whole, the first time and again", () => {
    const tokenizer = open(miniFile, Number.POSITIVE_INFINITY);
    const odd = [
      "\u0301",
      "\u0085",
      "\ufeff",
      "\u00a0",
      "\t\n",
      "İ",
      "ſ",
      "Σ",
      "don't",
      "<|ENDOFTEXT|>",
      "<|",
      "ᄀ",
      "ᅡ",
      "東",
      "😀",
    ];
    const unit = fc.constantFrom(" ", "  ", "a", "photo", "7", "'s", "-", ...odd);
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 20 }), (text) => {
        const expected = whole(text);
        expect(tokenizer.encode(text).ids).toEqual(expected);
        expect(tokenizer.encode(text).ids).toEqual(expected);
      }),
      { numRuns: 2000 },
    );
  });

  test("keep their ids when more words have come up than are remembered", () => {
    const tokenizer = open(miniFile, Number.POSITIVE_INFINITY);
    const text = (number: number) => `thing ${number} incomprehensibilities`;
    const first = tokenizer.encode(text(1));
    for (let number = 0; number < 17_000; number++) tokenizer.encode(text(number));
    expect(tokenizer.encode(text(1))).toEqual(first);
    expect(first.ids).toEqual(whole(text(1)));
  });

  const [spacing, ...others] = json.normalizer.normalizers.slice(1);
  const [split, bytes] = json.pre_tokenizer.pretokenizers;
  const sequence = { type: "Sequence" };
  test.each([
    {
      what: "a pattern that takes in spaces",
      pre_tokenizer: { ...sequence, pretokenizers: [withPattern(split, "a b|"), bytes] },
    },
    {
      what: "another pattern",
      pre_tokenizer: { ...sequence, pretokenizers: [withPattern(split, "\\s+|"), bytes] },
    },
    { what: "no pattern", pre_tokenizer: bytes },
    {
      what: "spaces made something else",
      normalizer: { ...sequence, normalizers: [{ ...spacing, content: "_" }, ...others] },
    },
    { what: "another normaliser", normalizer: { type: "Strip", strip_left: true, strip_right: true } },
    { what: "no start and end tokens", post_processor: null },
  ])("are encoded as a whole by a tokenizer with $what", async ({ what: _, ...change }) => {
    const changed = { ...json, ...change };
    const file = join(await temporaryFolder(), "tokenizer.json");
    await writeFile(file, JSON.stringify(changed));
    const tokenizer = open(file, Number.POSITIVE_INFINITY);
    for (const text of ["a b", " a photo  of a b ", "a"]) {
      expect(tokenizer.encode(text).ids, text).toEqual(wholeText(changed)(text));
    }
  });
});

function withPattern(split: { pattern: { Regex: string } }, before: string): object {
  return { ...split, pattern: { Regex: before + split.pattern.Regex } };
}

describe("a damaged tokenizer.json", () => {
  const text = readFileSync(miniFile, "utf8");
  const bert = readFileSync(path("golden/families/chinese-clip/tokenizer.json"), "utf8");

  async function fault(content: string | Uint8Array): Promise<unknown> {
    const file = join(await temporaryFolder(), "tokenizer.json");
    await writeFile(file, content);
    try {
      open(file, 77);
    } catch (error) {
      return error;
    }
    return undefined;
  }

  /** The file with a change made to its JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: any part is changed
  const changed = (change: (json: any) => void, whole = text) => {
    const json = JSON.parse(whole);
    change(json);
    return JSON.stringify(json);
  };

  test.each<[string, string | Uint8Array, RegExp]>([
    [
      "bytes that are not UTF-8",
      Buffer.from(text.replace("version", "versi\xefn"), "latin1"),
      /line 1: expected UTF-8/,
    ],
    ["a key that is misspelt", text.replace('"normalizer"', '"normaliser"'), /has "normaliser"/],
    ["another version", text.replace('"1.0"', '"2.0"'), /version "2.0"/],
    ["an id below 0", changed(({ model }) => (model.vocab["!"] = -5)), /the token "!" the id -5/],
    [
      "an id that is no integer",
      changed(({ model }) => (model.vocab["!"] = 1.5)),
      /the token "!" the id 1.5/,
    ],
    ["a merge of three", changed(({ model }) => (model.merges[0] = ["a", "b", "c"])), /among its merges/],
    [
      "a merge of no tokens",
      changed(({ model }) => (model.merges[0] = ["<|a", "b"])),
      /merges \["<\|a","b"\]/,
    ],
    [
      "an added token without its flags",
      changed((json) => delete json.added_tokens[0].rstrip),
      /added token/,
    ],
    ["a template that is no list", changed((json) => (json.post_processor.single = "A"), bert), /template/],
    [
      "a part of a template that is not known",
      changed((json) => (json.post_processor.single[0] = { Sequence: { id: "C" } }), bert),
      /"C"/,
    ],
  ])("is refused: %s", async (_, content, says) => {
    expect(await fault(content)).toMatchObject({
      code: "MODEL_FILE_INVALID",
      message: expect.stringMatching(says),
    });
  });
});
