import { isObject, type JsonObject } from "../files/json.js";
import { openCharacterMap } from "./character-map.js";

/** The pattern by which a byte-level pre-tokenizer splits (Radford et al. 2019, GPT-2). */
const byteLevelPattern = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/** Ideographs outside of the basic plane, of those that BERT parts (`tokenize_chinese_chars`). */
const rareIdeographs =
  "[\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{2f800}-\u{2fa1f}]";

/**
 * `@huggingface/tokenizers` 0.2 differs from Python's `tokenizers` in four places that are put right here in terms of
 * the same file format:
 * - it lower-cases a whole string, where a capital sigma that ends a word becomes a final one ("ΟΔΟΣ" to "οδος");
 *   Python goes character by character ("οδοσ"), so sigma is replaced first;
 * - its splits at white space count U+FEFF and not U+0085, as JavaScript's `\s` does; a `Split` step can do otherwise;
 * - it takes "<|ENDOFTEXT|>" for the end token where that is the whole text, as its lower-case form is; a space,
 *   which splitting drops, keeps the two apart;
 * - it parts ideographs for BERT by halves of UTF-16, and so none outside of the basic plane.
 * It also cannot decode without a decoder, which encoding alone does not need.
 */
export function asInPython(json: JsonObject): JsonObject {
  return {
    ...json,
    normalizer: {
      type: "Sequence",
      normalizers: [
        ...stepsOf(json.normalizer, "normalizers").flatMap(normalizerInPython),
        ...rawAddedTokens(json).map((token) =>
          replaceStep({ Regex: `\\A${escapePattern(token)}\\z` }, `${token} `),
        ),
      ],
    },
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: stepsOf(json.pre_tokenizer, "pretokenizers").flatMap(preTokenizerInPython),
    },
    decoder: json.decoder ?? { type: "ByteLevel" },
  };
}

function normalizerInPython(step: JsonObject): JsonObject[] {
  const lowers = step.type === "Lowercase" || (step.type === "BertNormalizer" && step.lowercase);
  const parts = step.type === "BertNormalizer" && step.handle_chinese_chars;
  return [
    ...(lowers ? [replaceStep({ String: "Σ" }, "σ")] : []),
    ...(parts ? [replaceStep({ Regex: rareIdeographs }, " $& ")] : []),
    step,
  ];
}

function preTokenizerInPython(step: JsonObject): JsonObject[] {
  if (step.type === "WhitespaceSplit") return [splitStep("\\p{White_Space}+", "Removed")];
  if (step.type === "ByteLevel" && step.use_regex !== false && step.add_prefix_space === false) {
    const pretokenizers = [splitStep(byteLevelPattern, "Isolated"), { ...step, use_regex: false }];
    return [{ type: "Sequence", pretokenizers }];
  }
  return [step];
}

function splitStep(pattern: string, behavior: "Removed" | "Isolated"): JsonObject {
  return { type: "Split", pattern: { Regex: pattern }, behavior, invert: false };
}

/** A step of the library's normalizing, of those members that are needed here. */
export interface NormalizerStep {
  /** Of a sequence. */
  readonly normalizers?: readonly (NormalizerStep | null)[];
  /** Of a step that replaces characters. */
  readonly charsmap?: unknown;
  normalize(text: string): string;
}

/** The library does not read character maps, and takes Unicode's NFKC for all of them; here they are read. */
export function useCharacterMaps(step: NormalizerStep | null): void {
  if (typeof step?.charsmap === "string") step.normalize = openCharacterMap(step.charsmap);
  for (const inner of step?.normalizers ?? []) useCharacterMaps(inner);
}

/** A step of the library's parting of texts, of those members that are needed here. */
export interface PreTokenizerStep {
  /** Of a sequence. */
  readonly tokenizers?: readonly (PreTokenizerStep | null)[];
  readonly config?: { readonly type?: unknown };
  pre_tokenize_text(text: string): string[];
}

/**
 * Keeps what byte-level steps make of the pieces that a first step leaves them: the library takes them anew for each piece,
 * which is half of its time.
 */
export function memoizePieces(step: PreTokenizerStep | null): void {
  for (const inner of step?.tokenizers?.slice(1) ?? []) {
    if (inner?.tokenizers?.at(-1)?.config?.type !== "ByteLevel") continue;
    inner.pre_tokenize_text = memoized(inner.pre_tokenize_text.bind(inner));
  }
}

/** Results that are kept: with short arrays, some 3 MB. */
const MOST_RESULTS = 16_384;
/** Longer parts of a text are slices of it in V8, and keep all of it in memory. */
const LONGEST_TEXT = 12;

/** `work`, whose results for short texts are kept and given again. They must not be changed. */
export function memoized<T>(work: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const result = work(text);
    if (text.length > LONGEST_TEXT) return result;
    if (known.size === MOST_RESULTS) known.clear();
    known.set(text, result);
    return result;
  };
}

function replaceStep(pattern: { String: string } | { Regex: string }, content: string): JsonObject {
  return { type: "Replace", pattern, content };
}

/** Texts of the added tokens that are looked for before normalising. */
function rawAddedTokens(json: JsonObject): string[] {
  const tokens = Array.isArray(json.added_tokens) ? json.added_tokens.filter(isObject) : [];
  return tokens.filter(({ normalized }) => normalized === false).map(({ content }) => String(content));
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

/** The steps of a `Sequence`, or the one step that stands in its place. */
export function stepsOf(node: unknown, list: "normalizers" | "pretokenizers"): JsonObject[] {
  if (!isObject(node)) return [];
  const steps = node.type === "Sequence" ? node[list] : [node];
  return Array.isArray(steps) ? steps.filter(isObject) : [];
}
