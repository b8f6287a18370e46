// biome-ignore lint/suspicious/noControlCharactersInRegex: Windows forbids them in names.
const FORBIDDEN = /[<>:"/\\|?*%\u0000-\u001f]|[. ]$/g;
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;

/**
 * `label` as the name of one folder on every system. What Linux, macOS or Windows forbid is written as in a URL, so that
 * labels that differ have folders that differ: `a/b` is `a%2Fb`.
 */
export function folderName(label: string): string {
  return label
    .replace(FORBIDDEN, percentCode)
    .replace(RESERVED, (name) => percentCode(name[0]!) + name.slice(1));
}

function percentCode(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}
