/** Characters of a list that an address holds; longer ones are kept by the browser, and the address names them. */
const MOST = 3000;

/** A list for an address. */
export function addressOfList(items: readonly string[]): string {
  const list = items.join("\n");
  if (list.length <= MOST) return list;
  const name = `~${hashOf(list)}`;
  localStorage.setItem(name, list);
  return name;
}

/** The list of an address; empty where this browser does not have it. */
export function listOfAddress(value: string | null): readonly string[] {
  if (!value) return [];
  const list = /^~[0-9a-f]{8}$/.test(value) ? (localStorage.getItem(value) ?? "") : value;
  return list === "" ? [] : list.split("\n");
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}
