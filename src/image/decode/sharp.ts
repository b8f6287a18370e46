import { packageRequire } from "../../files/package-files.js";

type SharpLibrary = typeof import("sharp").default;

let sharp: SharpLibrary | undefined;

/**
 * sharp, loaded at first use. By `require`, which takes about half the time of `import`: that reads the source of each
 * CommonJS file under it once more, for the names that it exports.
 */
export function loadSharp(): SharpLibrary {
  sharp ??= packageRequire()("sharp") as SharpLibrary;
  return sharp;
}
