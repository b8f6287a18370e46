import { isAbsolute, relative } from "node:path";

/** `path` from the working folder, where it lies in that. */
export function relativePath(path: string): string {
  if (!isAbsolute(path)) return path;
  const short = relative(process.cwd(), path);
  return short === "" || short.startsWith("..") || isAbsolute(short) ? path : short;
}
