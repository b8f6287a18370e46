import type { Size } from "../source.js";
import { loadSharp } from "./sharp.js";

/** Width and height that a file's header tells, before it is turned upright. Errors: those of sharp. */
export async function encodedSize(bytes: Uint8Array): Promise<Size> {
  const { width, height } = await loadSharp()(bytes, { limitInputPixels: false }).metadata();
  return { width, height };
}
