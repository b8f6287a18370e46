import type { PictureContent } from "./pictures.js";

/** Characters that `fromCharCode` is given at a time. */
const AT_ONCE = 0x8000;

/** The content of a file in base64, in browsers as in Node.js. */
export async function base64Of(content: PictureContent): Promise<string> {
  const bytes =
    content instanceof Blob ? new Uint8Array(await content.arrayBuffer()) : new Uint8Array(content);
  let text = "";
  for (let at = 0; at < bytes.length; at += AT_ONCE) {
    text += String.fromCharCode(...bytes.subarray(at, at + AT_ONCE));
  }
  return btoa(text);
}

/** The bytes of base64. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** Numbers that a server sends as the bytes of a little-endian array. */
export function floatsOf(base64: string): Float32Array {
  const view = new DataView(bytesOf(base64).buffer);
  return Float32Array.from({ length: view.byteLength / 4 }, (_, at) => view.getFloat32(at * 4, true));
}

/** The same of whole numbers of two bytes. */
export function wholesOf(base64: string): Uint16Array {
  const view = new DataView(bytesOf(base64).buffer);
  return Uint16Array.from({ length: view.byteLength / 2 }, (_, at) => view.getUint16(at * 2, true));
}
