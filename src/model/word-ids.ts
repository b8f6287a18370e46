import { isObject, type JsonObject } from "./json.js";
import { stepsOf } from "./python-tokenizer.js";

/** The end of the pattern by which CLIP's pre-tokenizer finds words (openai/CLIP, `simple_tokenizer.py`). */
const clipWords = "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";

/** What is kept: some 3 MB at the most. */
const [MOST_WORDS, LONGEST_WORD] = [16_384, 64];

/** Of a tokenizer, those members that are needed here. */
interface WholeTextTokenizer {
  readonly added_tokens: readonly { readonly content: string }[];
  encode(text: string, options?: { add_special_tokens: boolean }): { ids: number[] };
}

/**
 * Encodes texts by their words, which come up again and again in prompts and are encoded once. Only for a tokenizer that
 * `isWordByWord`. A text that may hold special tokens is encoded as a whole, as the library finds those by sections.
 */
export function byWords(tokenizer: WholeTextTokenizer): (text: string) => number[] {
  const specials = tokenizer.added_tokens.map(({ content }) => content.toLowerCase());
  const bare = (text: string) => tokenizer.encode(text, { add_special_tokens: false }).ids;
  const [start, end] = tokenizer.encode("").ids as [number, number];
  const idsOf = remembered(bare);
  return (text) => {
    const lower = text.toLowerCase();
    if (specials.some((special) => lower.includes(special))) return tokenizer.encode(text).ids;
    return [start, ...text.split(" ").flatMap(idsOf), end];
  };
}

function remembered(encode: (word: string) => readonly number[]): (word: string) => readonly number[] {
  const known = new Map<string, readonly number[]>();
  return (word) => {
    const before = known.get(word);
    if (before) return before;
    const ids = encode(word);
    if (known.size === MOST_WORDS) known.clear();
    if (word.length <= LONGEST_WORD) known.set(word, ids);
    return ids;
  };
}

/**
 * Whether the ids of a text are those of its words, one after the other, between a start and an end token; words are what
 * stands between spaces. So it is with CLIP's `tokenizer.json`: a space becomes no token, and no step looks across one.
 */
export function isWordByWord({ normalizer, pre_tokenizer, post_processor }: JsonObject): boolean {
  const [first, ...others] = stepsOf(pre_tokenizer, "pretokenizers");
  return (
    isObject(post_processor) &&
    post_processor.type === "RobertaProcessing" &&
    stepsOf(normalizer, "normalizers").every(keepsWords) &&
    first?.type === "Split" &&
    first.invert === true &&
    isWordPattern(regexOf(first)) &&
    others.every(({ type }) => type === "ByteLevel")
  );
}

function keepsWords(step: JsonObject): boolean {
  const isSpacing = step.type === "Replace" && regexOf(step) === "\\s+" && step.content === " ";
  return isSpacing || step.type === "NFC" || step.type === "Lowercase";
}

/** CLIP's, also with special tokens before it. */
function isWordPattern(pattern: unknown): boolean {
  return typeof pattern === "string" && pattern.endsWith(clipWords) && !/\s/.test(pattern);
}

function regexOf({ pattern }: JsonObject): unknown {
  return isObject(pattern) ? pattern.Regex : undefined;
}
