// Bundles the script of the evaluation report and puts it beside its style, where `src/report/html.ts` finds both.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";

const path = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url));

await build({
  input: path("src/report/page/main.ts"),
  platform: "browser",
  output: { file: path("dist/report/page.js"), format: "iife", minify: true },
});
const styles = ["tokens.css", "page.css"].map((name) => readFile(path(`src/report/page/${name}`), "utf8"));
await writeFile(path("dist/report/page.css"), (await Promise.all(styles)).join("\n"));
