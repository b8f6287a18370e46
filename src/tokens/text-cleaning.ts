/** What is done to a text before its tokenizer sees it. */
export type TextCleaning = (text: string) => string;

export const asWritten: TextCleaning = (text) => text;

/**
 * Lower case, each character on its own, as Python's `tokenizers` does it: a capital sigma that ends a word becomes the
 * usual small one.
 */
export const lowerCase: TextCleaning = (text) =>
  Array.from(text, (character) => character.toLowerCase()).join("");

/** The separators U+001C to U+001F, which Python alone counts as white space. */
const asSpace = (control: string) => (control >= "\u{1c}" && control <= "\u{1f}" ? " " : control);

/** Python's `string.punctuation`. */
const punctuation = /[!-/:-@[-`{-~]/g;

/** One space for every run of white space, none at the ends, as open_clip does before all tokenizers. */
export const collapseSpaces: TextCleaning = (text) =>
  text
    .replace(/\p{Cc}/gu, asSpace)
    .replace(/\p{White_Space}+/gu, " ")
    .replace(/^ | $/g, "");

/**
 * Lower case, no ASCII punctuation, single spaces: how the texts that SigLIP was trained on were cleaned, as
 * transformers' SiglipTokenizer has it (`canonicalize_text`, after google-research/big_vision).
 */
export const canonicalise: TextCleaning = (text) =>
  collapseSpaces(text.toLowerCase().replace(punctuation, ""));

/** The same as open_clip has it (`clean: "canonicalize"`), where an underscore parts words. */
export const canonicaliseWords: TextCleaning = (text) => canonicalise(text.replaceAll("_", " "));
