/** What the header of a `.npy` file says, in NumPy's words. */
export interface NpyHeader {
  /** Such as `<f4`; undefined for a type of several fields, which is a list. */
  readonly descr: string | undefined;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

/** Elsewhere than in names of fields, Python has no other spaces. */
const NOT_ASCII = /[^\t\n\r -~]/;
const KEY = /\s*(?:'(\w+)'|"(\w+)")\s*:\s*/y;
const TEXT = /'([^'\\\n]*)'|"([^"\\\n]*)"/y;
/** A list of fields, read to its end but not understood. */
const LIST = /\[[^\n]*\]/y;
const TRUTH = /True|False/y;
/** A tuple of one has a comma. Python 2 put an L after numbers. */
const TUPLE = /\(\s*(?:\d+L?\s*,\s*(?:\d+L?\s*(?:,\s*\d+L?\s*)*,?\s*)?)?\)/y;
const COMMA = /\s*,/y;
const END = /\s*\}\s*$/y;

/**
 * Reads a header: a Python dictionary, `{'descr': '<f4', 'fortran_order': False, 'shape': (500, 512), }`, with just these three
 * keys (NumPy, `numpy.lib.format`). Undefined for anything else, be it one character more.
 */
export function parseNpyHeader(text: string): NpyHeader | undefined {
  let at = text.search(/\S/);
  if (text[at] !== "{" || NOT_ASCII.test(text)) return undefined;
  at++;
  const next = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text) ?? undefined;
    if (found) at = pattern.lastIndex;
    return found;
  };
  const found = new Map<string, string | undefined>();
  for (let isMore = true; isMore && !isEnd(text, at); isMore = next(COMMA) !== undefined) {
    const key = next(KEY);
    const name = key?.[1] ?? key?.[2];
    if (name === undefined) return undefined;
    const string = name === "descr" ? next(TEXT) : undefined;
    const value = string ?? next(VALUES[name] ?? /$^/y);
    if (value === undefined) return undefined;
    found.set(name, name === "descr" ? (string?.[1] ?? string?.[2]) : value[0]);
  }
  if (!isEnd(text, at) || found.size < 3) return undefined;
  return {
    descr: found.get("descr"),
    fortranOrder: found.get("fortran_order") === "True",
    shape: found.get("shape")!.match(/\d+/g)?.map(Number) ?? [],
  };
}

const VALUES: Readonly<Record<string, RegExp>> = { descr: LIST, fortran_order: TRUTH, shape: TUPLE };

function isEnd(text: string, at: number): boolean {
  END.lastIndex = at;
  return END.test(text);
}
