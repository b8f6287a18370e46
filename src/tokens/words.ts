import { isObject, type JsonObject } from "../files/json.js";
import { memoized, stepsOf } from "./corrections.js";

/**
 * The pieces that CLIP's pre-tokenizer finds (openai/CLIP, `simple_tokenizer.py`), in the form of `tokenizer.json`. Special
 * tokens may come before them.
 */
const clipPieces = "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";
const specialPieces = /^(<\\\|\w+\\\|>\|)*$/;

/** Of a tokenizer, those members that are needed here. */
interface WholeTextTokenizer {
  readonly added_tokens: readonly { readonly content: string }[];
  encode(text: string, options?: { add_special_tokens: boolean }): { ids: number[] };
}

/**
 * Encodes texts by their words, what stands between spaces: in prompts they come up again and again, and are encoded once.
 * Only for a tokenizer that `isWordByWord`. A text that may hold special tokens is encoded as a whole, as those part it
 * before anything else does.
 */
export function byWords(tokenizer: WholeTextTokenizer): (text: string) => number[] {
  const specials = tokenizer.added_tokens.map(({ content }) => content.toLowerCase());
  const [start, end] = tokenizer.encode("").ids as [number, number];
  const idsOf = memoized((word) => tokenizer.encode(word, { add_special_tokens: false }).ids);
  return (text) => {
    const lower = text.toLowerCase();
    if (specials.some((special) => lower.includes(special))) return tokenizer.encode(text).ids;
    return [start, ...text.split(" ").flatMap(idsOf), end];
  };
}

/**
 * Whether the ids of a text are those of its words, one after the other, between a start and an end token. So it is with
 * CLIP's `tokenizer.json`: a space becomes no token, and no step looks across one.
 */
export function isWordByWord(json: JsonObject): boolean {
  const { normalizer, pre_tokenizer, post_processor, model } = json;
  const [first, ...others] = stepsOf(pre_tokenizer, "pretokenizers");
  return (
    stepsOf(normalizer, "normalizers").every(keepsWords) &&
    first?.type === "Split" &&
    first.invert === true &&
    isPiecePattern(regexOf(first)) &&
    others.every(({ type }) => type === "ByteLevel") &&
    isObject(model) &&
    model.type === "BPE" &&
    model.fuse_unk !== true &&
    isObject(post_processor) &&
    post_processor.type === "RobertaProcessing"
  );
}

function keepsWords(step: JsonObject): boolean {
  const isSpacing = step.type === "Replace" && regexOf(step) === "\\s+" && step.content === " ";
  return isSpacing || step.type === "NFC" || step.type === "Lowercase";
}

function isPiecePattern(pattern: unknown): boolean {
  if (typeof pattern !== "string" || !pattern.endsWith(clipPieces)) return false;
  return specialPieces.test(pattern.slice(0, -clipPieces.length));
}

function regexOf({ pattern }: JsonObject): unknown {
  return isObject(pattern) ? pattern.Regex : undefined;
}
