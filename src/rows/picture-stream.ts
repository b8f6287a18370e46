import { NearlabelError } from "../errors.js";

/** Text and bytes are iterable too, but their parts are letters and numbers: somebody gave one picture in place of many. */
export function isStream(images: unknown): images is AsyncIterable<unknown> | Iterable<unknown> {
  if (typeof images !== "object" || images === null || ArrayBuffer.isView(images)) return false;
  return Symbol.iterator in images || Symbol.asyncIterator in images;
}

export function notPictures(expected: string, got: unknown): NearlabelError {
  const what = ArrayBuffer.isView(got) ? got.constructor.name : typeof got;
  return new NearlabelError(
    "OPTION_INVALID",
    `Expected ${expected} of pictures, got ${what}. One picture is an array of one.`,
  );
}
