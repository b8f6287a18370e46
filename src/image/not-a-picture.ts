import { NearlabelError } from "../errors.js";

/** Longest name in a message; of a longer one the middle is left out. */
const LONGEST_NAME = 200;

/** `name` at a length that fits on a line or two. */
export function shortName(name: string): string {
  if (name.length <= LONGEST_NAME) return name;
  const half = (LONGEST_NAME - 1) >> 1;
  return `${name.slice(0, half)}…${name.slice(-half)}`;
}

/** IMAGE_UNSUPPORTED for what is neither a file, nor bytes, a Blob or pixels, as callers in JavaScript may hand over. */
export function notAPicture(given: unknown): NearlabelError {
  const text = given instanceof URL ? given.href : given;
  const advice = typeof text === "string" ? (adviceOnText(text) ?? PATH_ADVICE) : CONTENT_ADVICE;
  return new NearlabelError(
    "IMAGE_UNSUPPORTED",
    `Expected a picture as a file, bytes, a Blob or decoded pixels, got ${whatItIs(given)}. ${advice}`,
  );
}

const PATH_ADVICE = "A path names a file only as imageFile(path).";
const CONTENT_ADVICE = "Give the bytes of a picture file, or { data, width, height, channels }.";

/** What to do with text that is a picture, or leads to one, but is no path; undefined where it may be a path. */
export function adviceOnText(text: string): string | undefined {
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase();
  if (scheme === "data") return "A data: URL is not read; give the bytes that it holds.";
  if (scheme === "file") return "A file: URL names a file only as imageFile(new URL(text)).";
  if (scheme) return `An address (${scheme}:) is not fetched; download it, and give the file or its bytes.`;
  return BASE64.test(text) ? "It is base64 text; give the bytes that it stands for." : undefined;
}

/** The beginning of an address, also where it was taken for a path in some folder. */
const SCHEME = /(?:^|[/\\])(data|https?|file|blob|s3|gs|hf):/i;

/** How JPEG, PNG, GIF, WebP, TIFF and AVIF begin in base64; and enough of it to be no name. */
const BASE64 = /(?:^|[/\\])(?:\/9j\/|iVBORw0K|R0lGOD|UklGR|SUkqA|TU0AK|AAAA..Z0eX)[\w+/=-]{80}/;

/** A value in a few words: text quoted, objects by the name of their class. */
export function whatItIs(value: unknown): string {
  if (typeof value === "string") return `the text ${JSON.stringify(shortName(value))}`;
  if (value instanceof URL) return `the URL ${shortName(value.href)}`;
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return shortName(String(value));
  const name: unknown = value.constructor?.name;
  const keys = Object.keys(value).slice(0, 5).join(", ");
  return name === "Object" ? `an object with ${keys || "nothing in it"}` : `an object of class ${name}`;
}
