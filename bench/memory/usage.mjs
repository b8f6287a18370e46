import { readFileSync } from "node:fs";

/**
 * Resident memory of this process, in MB of a million bytes. `files` is what of it are pages of files that the system can
 * take back at any time, such as those of an embedding cache; only Linux tells.
 */
export function memory() {
  const files = filePages();
  return { rss: megabytes(process.memoryUsage.rss()), ...(files !== undefined && { files }) };
}

/** The most that was resident so far, in MB. */
export function peak() {
  return megabytes(process.resourceUsage().maxRSS * 1024);
}

function filePages() {
  try {
    const [, kibibytes] = /^RssFile:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"));
    return megabytes(Number(kibibytes) * 1024);
  } catch {
    return undefined;
  }
}

function megabytes(bytes) {
  return Math.round(bytes / 1e5) / 10;
}
