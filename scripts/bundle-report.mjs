// Bundles the script of the evaluation report and puts it beside its style, where `src/report/html.ts` finds both.
import { copyFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";

const path = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url));

await build({
  input: path("src/report/page/main.ts"),
  platform: "browser",
  output: { file: path("dist/report/page.js"), format: "iife", minify: true },
});
await copyFile(path("src/report/page/page.css"), path("dist/report/page.css"));
