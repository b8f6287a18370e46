import { isObject, type JsonObject } from "../files/json.js";

/** What Python's `tokenizers` reads at the top of a file. It refuses others, for a step that is misspelt would be left out. */
const KEYS = [
  "version",
  "truncation",
  "padding",
  "added_tokens",
  "normalizer",
  "pre_tokenizer",
  "post_processor",
  "decoder",
  "model",
];

/** The id of a token, undefined for one that there is not. */
type IdOf = (token: unknown) => number | undefined;

/**
 * What is wrong with a parsed `tokenizer.json`, as words that follow on its name; undefined for nothing. The library that reads
 * it looks at little, and would give other ids than Python's `tokenizers`, which refuses these files.
 */
export function tokenizerFault(json: JsonObject): string | undefined {
  const { version, model, added_tokens: added = [], post_processor: processor } = json;
  const unknown = Object.keys(json).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) return `has ${JSON.stringify(unknown)}, which no version knows`;
  if (version !== undefined && version !== "1.0")
    return `is of version ${JSON.stringify(version)}, not "1.0"`;
  if (!isObject(model)) return "has no model";
  return vocabularyFault(model) ?? addedTokensFault(added) ?? processorFault(processor, idsIn(json));
}

function vocabularyFault(model: JsonObject): string | undefined {
  const { vocab, merges = [] } = model;
  if (Array.isArray(vocab)) {
    const wrong = vocab.find((entry) => !isPair(entry, "string", "number"));
    return wrong === undefined
      ? undefined
      : `has ${shown(wrong)} in its vocabulary, not a token with a number`;
  }
  if (!isObject(vocab)) return "has no vocabulary";
  // Without Object.entries, which takes a while for the 250,000 tokens of some models.
  for (const token in vocab) {
    if (!isId(vocab[token])) return `gives the token ${JSON.stringify(token)} the id ${shown(vocab[token])}`;
  }
  const prefix = model.continuing_subword_prefix;
  return mergesFault(merges, vocab, typeof prefix === "string" ? prefix.length : 0);
}

/** @param prefix characters that the second token of a merge begins with, and that the merged one leaves out */
function mergesFault(merges: unknown, vocab: JsonObject, prefix: number): string | undefined {
  if (!Array.isArray(merges)) return "has merges that are no list";
  const tokens = new Set(Object.keys(vocab));
  for (const merge of merges) {
    if (typeof merge === "string" && merge.startsWith("#version")) continue;
    const pair: unknown = typeof merge === "string" ? merge.split(" ") : merge;
    if (!isPair(pair, "string", "string")) return `has ${shown(merge)} among its merges, not two tokens`;
    const [first, second] = pair as [string, string];
    const merged = first + second.slice(prefix);
    if (tokens.has(first) && tokens.has(second) && tokens.has(merged)) continue;
    return `merges ${shown(pair)}; expected both, and both together, to be tokens`;
  }
  return undefined;
}

const FLAGS = ["single_word", "lstrip", "rstrip", "normalized", "special"];

function addedTokensFault(added: unknown): string | undefined {
  if (!Array.isArray(added)) return "has added tokens that are no list";
  const isWhole = (token: unknown) =>
    isObject(token) &&
    isId(token.id) &&
    typeof token.content === "string" &&
    FLAGS.every((flag) => typeof token[flag] === "boolean");
  const wrong = added.find((token) => !isWhole(token));
  return wrong === undefined
    ? undefined
    : `has the added token ${shown(wrong)}; expected id, content, ${FLAGS.join(", ")}`;
}

function idsIn({ model, added_tokens: added }: JsonObject): IdOf {
  const { vocab } = model as JsonObject;
  const known = new Map<unknown, number>();
  for (const { content, id } of (added ?? []) as JsonObject[]) known.set(content, id as number);
  return (token) => {
    if (known.has(token) || typeof token !== "string") return known.get(token);
    if (!Array.isArray(vocab))
      return Object.hasOwn(vocab as JsonObject, token) ? Number((vocab as JsonObject)[token]) : undefined;
    const position = vocab.findIndex(([text]) => text === token);
    return position < 0 ? undefined : position;
  };
}

/** Of what puts the tokens of beginning and end around a text. */
function processorFault(processor: unknown, idOf: IdOf): string | undefined {
  if (processor == null) return undefined;
  const { type, processors, cls, sep } = isObject(processor) ? processor : {};
  if (type === "Sequence" && Array.isArray(processors)) {
    return processors.map((one) => processorFault(one, idOf)).find((fault) => fault !== undefined);
  }
  if (type === "TemplateProcessing") return templateFault(processor as JsonObject, idOf);
  if (type === "RobertaProcessing" || type === "BertProcessing") {
    const wrong = [cls, sep].find(
      (pair) => !isPair(pair, "string", "number") || idOf((pair as unknown[])[0]) !== (pair as unknown[])[1],
    );
    return wrong === undefined && cls !== undefined && sep !== undefined
      ? undefined
      : `ends texts with ${shown(wrong)}, not a token and its id`;
  }
  return type === "ByteLevel" ? undefined : `has ${shown(processor)} in the place of a post-processor`;
}

function templateFault(
  { single, pair = [], special_tokens: specials }: JsonObject,
  idOf: IdOf,
): string | undefined {
  if (!Array.isArray(single) || !Array.isArray(pair) || !isObject(specials)) {
    return "has a template without its parts";
  }
  const isPart = (part: unknown): boolean => {
    if (!isObject(part)) return false;
    const { Sequence: text, SpecialToken: special } = part;
    if (isObject(text)) return (text.id === "A" || text.id === "B") && isId(text.type_id);
    if (!isObject(special) || typeof special.id !== "string" || !isId(special.type_id)) return false;
    const declared = Object.hasOwn(specials, special.id) ? specials[special.id] : undefined;
    const ids = isObject(declared) && Array.isArray(declared.ids) ? declared.ids : [];
    return ids.length === 1 && ids[0] === idOf(special.id);
  };
  const wrong = [...single, ...pair].find((part) => !isPart(part));
  return wrong === undefined
    ? undefined
    : `has ${shown(wrong)} in its template, neither the text nor a special token with its id`;
}

/** Of 32 bits. */
function isId(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) < 2 ** 32;
}

function isPair(value: unknown, first: "string", second: "string" | "number"): boolean {
  return (
    Array.isArray(value) && value.length === 2 && typeof value[0] === first && typeof value[1] === second
  );
}

function shown(value: unknown): string {
  return String(JSON.stringify(value)).slice(0, 100);
}
