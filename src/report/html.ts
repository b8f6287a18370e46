import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Evaluation } from "../evaluate/evaluation.js";
import { packagePath } from "../files/package-files.js";
import { type ReportData, thumbnailKey } from "./data.js";

/** Script and style of the page as `scripts/bundle-report.mjs` builds them. */
const PAGE = "dist/report/";

/**
 * `evaluation` as one HTML page that needs no network: style, script, figures and pictures are inside of it, and its
 * content security policy forbids it to load anything else. The figures are drawn by its script, in a browser.
 *
 * @param thumbnails data URIs by the id of the picture; `picturesShown` tells which are of use. A picture without one
 *   is shown by its id.
 */
export function htmlReport(evaluation: Evaluation, thumbnails: ReadonlyMap<string | number, string>): string {
  const script = withoutEndTags(readFileSync(packagePath(`${PAGE}page.js`), "utf8"));
  const style = readFileSync(packagePath(`${PAGE}page.css`), "utf8");
  const title = escaped(`Evaluation of ${evaluation.dataset.name}`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(script)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<noscript><p>The figures of this report are drawn by a script inside of it. Allow scripts for this page to see them.</p></noscript>
<script type="application/json" id="data">${json({ evaluation, thumbnails: shown(evaluation, thumbnails) })}</script>
<script>${script}</script>
</body>
</html>
`;
}

/** The ids of the pictures that the report shows, each once: worst mistakes, examples of confused pairs, differences of runs. */
export function picturesShown({ runs, comparisons }: Evaluation): (string | number)[] {
  const mistakes = runs.flatMap(({ worstMistakes }) => worstMistakes.map(({ id }) => id));
  const examples = runs.flatMap(({ confusedPairs }) => confusedPairs.flatMap((pair) => pair.examples));
  const differing = comparisons.flatMap((comparison) => comparison.differing.map(({ id }) => id));
  return [...new Set([...mistakes, ...examples, ...differing])];
}

function shown(
  evaluation: Evaluation,
  thumbnails: ReadonlyMap<string | number, string>,
): Record<string, string> {
  const entries = picturesShown(evaluation).flatMap((id) => {
    const uri = thumbnails.get(id);
    return uri === undefined ? [] : [[thumbnailKey(id), uri] as const];
  });
  return Object.fromEntries(entries);
}

/** Styles are allowed as they stand because Plot puts a `<style>` in each chart; they can load nothing either. */
function policy(script: string): string {
  const hash = createHash("sha256").update(script).digest("base64");
  return [
    "default-src 'none'",
    `script-src 'sha256-${hash}'`,
    "style-src 'unsafe-inline'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

/** No text in it can end the element: HTML looks for `</script` and `<!--` before JSON is read. */
function json(data: ReportData): string {
  return JSON.stringify(data).replaceAll("<", "\\u003c");
}

/** In a script these can only stand in strings and regular expressions, where the backslash changes nothing. */
function withoutEndTags(script: string): string {
  return script.replace(/<(?=\/script|!--)/gi, "\\x3c");
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
