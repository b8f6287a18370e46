import { readFileSync } from "node:fs";
import { NearlabelError, reasonOf } from "../errors.js";
import { decodeJsonObject, isObject, type JsonObject } from "../files/json.js";
import { packageRequire } from "../files/package-files.js";
import { maximum } from "../math/softmax.js";
import { asInPython, memoizePieces, useCharacterMaps } from "./corrections.js";
import { asWritten, type TextCleaning } from "./text-cleaning.js";
import type { TokenBatch } from "./token-batch.js";
import { tokenizerFault } from "./tokenizer-file.js";
import { byWords, isWordByWord } from "./words.js";

/** Texts to token ids, as Python's `tokenizers` gives them for the same `tokenizer.json`. */
export interface ClipTokenizer {
  /** Start token, tokens, end token; a text over `contextLength` is cut, and keeps its end token. */
  encode(text: string): EncodedText;
  /** Pads with the pad token, to the longest or as the options say. */
  batch(texts: readonly EncodedText[]): TokenBatch;
  /** The text of a token id, without the mark of a word's end; empty for an id that is not in the vocabulary. */
  tokenText(id: number): string;
}

export interface EncodedText {
  readonly ids: readonly number[];
  readonly truncated: boolean;
}

export interface TokenizerOptions {
  readonly contextLength: number;
  /** The text of the pad token; the end token's id is used where there is none. */
  readonly padToken: string | undefined;
  /** Tokens that every text is padded to. Default: as many as the longest of its batch has. */
  readonly padTo?: number | undefined;
  /** Default: right. */
  readonly paddingSide?: "left" | "right" | undefined;
  /** Default: none. */
  readonly clean?: TextCleaning | undefined;
  /** Tokens that the text tower has embeddings for; a vocabulary with more belongs to another model. */
  readonly vocabularySize?: number | undefined;
}

/**
 * Reads `tokenizer.json`. Synchronous, as tokenizing is; parsing CLIP's 4 MB takes far longer than reading it.
 * @throws NearlabelError MODEL_FILE_INVALID
 */
export function openTokenizer(file: string, options: TokenizerOptions): ClipTokenizer {
  const { contextLength, padToken, clean = asWritten } = options;
  const { tokenizer, idsOf } = createTokenizer(file, options.vocabularySize);
  const padId = padToken === undefined ? undefined : tokenizer.token_to_id(padToken);
  const encode = (text: string): EncodedText => {
    const ids = idsOf(clean(wellFormed(text)));
    if (ids.length <= contextLength) return { ids, truncated: false };
    return { ids: [...ids.slice(0, contextLength - 1), ids.at(-1)!], truncated: true };
  };
  return {
    encode,
    batch: (texts) => padded(texts, padId ?? encode("").ids.at(-1)!, options),
    tokenText: (id) =>
      tokenizer.id_to_token(id) === undefined
        ? ""
        : tokenizer.decode([id], { clean_up_tokenization_spaces: false }).trimEnd(),
  };
}

function padded(
  texts: readonly EncodedText[],
  padId: number,
  { padTo = 0, paddingSide }: TokenizerOptions,
): TokenBatch {
  const length = Math.max(padTo, maximum(texts.map(({ ids }) => ids.length)));
  const ids = new Int32Array(texts.length * length).fill(padId);
  const attentionMask = new Int32Array(ids.length);
  for (const [index, text] of texts.entries()) {
    const start = index * length + (paddingSide === "left" ? length - text.ids.length : 0);
    ids.set(text.ids, start);
    attentionMask.fill(1, start, start + text.ids.length);
  }
  const truncated = texts.flatMap((text, index) => (text.truncated ? [index] : []));
  return { ids, attentionMask, texts: texts.length, length, padId, truncated };
}

/** UTF-8, which the byte-level vocabulary is made of, has no lone surrogates. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\uFFFD");
}

function createTokenizer(file: string, vocabularySize = Number.POSITIVE_INFINITY) {
  // Loaded at first use, as classifying with a label index at hand needs no tokenizer.
  const { Tokenizer } = packageRequire()(
    "@huggingface/tokenizers",
  ) as typeof import("@huggingface/tokenizers");
  try {
    const json = decodeJsonObject(readFileSync(file), file, "MODEL_FILE_INVALID");
    const fault = tokenizerFault(json);
    if (fault !== undefined) throw new Error(`it ${fault}`);
    checkVocabulary(json, vocabularySize, file);
    const tokenizer = new Tokenizer(asInPython(json), {});
    useCharacterMaps(tokenizer.normalizer);
    memoizePieces(tokenizer.pre_tokenizer);
    const idsOf = isWordByWord(json)
      ? byWords(tokenizer)
      : (text: string): number[] => tokenizer.encode(text).ids;
    // What the library looks at only when it encodes.
    idsOf("");
    return { tokenizer, idsOf };
  } catch (cause) {
    if (cause instanceof NearlabelError) throw cause;
    throw new NearlabelError(
      "MODEL_FILE_INVALID",
      `${file} is not a tokenizer that can be used here: ${reasonOf(cause)}`,
      { cause },
    );
  }
}

/** Added tokens do not count: some, such as a mask, have no embedding and never come up. */
function checkVocabulary({ model }: JsonObject, vocabularySize: number, file: string): void {
  const vocabulary = isObject(model) ? model.vocab : undefined;
  const tokens = Object.keys(isObject(vocabulary) || Array.isArray(vocabulary) ? vocabulary : {}).length;
  if (tokens <= vocabularySize) return;
  throw new NearlabelError(
    "MODEL_FILE_INVALID",
    `${file} has ${tokens} tokens, but config.json gives the text tower embeddings for ${vocabularySize}: the tokenizer ` +
      "belongs to another model. Fetch or export both again.",
  );
}
