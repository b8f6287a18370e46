/** The licenses of the packages that a bundle has taken in. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** @param modules paths of the files in the bundle */
export function licensesOf(modules) {
  const folders = new Set(
    modules.flatMap((file) => file.match(/^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/)?.[0] ?? []),
  );
  return [...folders]
    .sort()
    .map(licenseOf)
    .join(`\n${"-".repeat(80)}\n\n`);
}

function licenseOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice)/i.test(file));
  const texts = files.map((file) => readFileSync(join(folder, file), "utf8").trim());
  return [`${name} ${version}, ${license}`, ...texts, ""].join("\n\n");
}
