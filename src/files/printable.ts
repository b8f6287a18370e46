/**
 * What a terminal or a text editor would obey rather than show: control characters (C0, DEL, C1, which some terminals take
 * for the start of a sequence), line separators, a byte order mark, and what turns the direction of writing, so that a
 * name can look like another one (UTS 55).
 */
const UNPRINTABLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Text from outside as one line that shows what is in it: `\n`, `\u001b`, `\u202e` in place of what would act. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escapeSequence);
}

/**
 * `value` as JSON in which `JSON.stringify` leaves nothing that a terminal would obey: it stands as `\u202e` and the like, and
 * whoever parses it gets the same value.
 *
 * @param indent spaces of a level; 0 gives one line
 * @param replacer as that of `JSON.stringify`
 */
export function printableJson(
  value: unknown,
  indent = 0,
  replacer?: (key: string, value: unknown) => unknown,
): string {
  // A line feed stands between values only.
  return JSON.stringify(value, replacer, indent).replace(UNPRINTABLE, (character) =>
    character === "\n" ? character : escapeSequence(character),
  );
}

function escapeSequence(character: string): string {
  const short = JSON.stringify(character).slice(1, -1);
  return short.startsWith("\\") ? short : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
