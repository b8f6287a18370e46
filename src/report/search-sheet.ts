/** A picture on the sheet. */
export interface SheetPicture {
  readonly name: string;
  /** Data URI; absent where the picture cannot be shown. */
  readonly thumbnail?: string | undefined;
  /** Size of the picture in pixels, so that its place has its shape. */
  readonly width: number | null;
  readonly height: number | null;
  /** What stands under it, such as `relevance 6.1`. */
  readonly facts: readonly string[];
  /** How much is to be shown of a bar of relevance, 0 to 1. */
  readonly share?: number | undefined;
}

/** What was looked for, and what was found. */
export interface SearchSheet {
  readonly title: string;
  /** A sentence below the title. */
  readonly summary: string;
  readonly pictures: readonly SheetPicture[];
  /** In place of pictures where there are none. */
  readonly nothing: string;
}

/** Results of a search as one HTML page that needs no network and runs no script. */
export function searchSheetHtml({ title, summary, pictures, nothing }: SearchSheet): string {
  const body =
    pictures.length > 0
      ? `<ol>${pictures.map(figure).join("\n")}</ol>`
      : `<p class="nothing">${escaped(nothing)}</p>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header><h1>${escaped(title)}</h1><p>${escaped(summary)}</p></header>
<main>${body}</main>
</body>
</html>
`;
}

function figure({ name, thumbnail, width, height, facts, share }: SheetPicture): string {
  const alt = escaped(name);
  const size = width === null || height === null ? "" : ` width="${width}" height="${height}"`;
  const picture =
    thumbnail === undefined
      ? `<div class="gone">cannot be shown here</div>`
      : `<img src="${escaped(thumbnail)}" alt="${alt}"${size} loading="lazy">`;
  const bar =
    share === undefined ? "" : `<i style="width:${(100 * Math.min(1, Math.max(0, share))).toFixed(1)}%"></i>`;
  return `<li><figure>${picture}<figcaption><b title="${alt}">${alt}</b>${bar}<span>${facts.map(escaped).join(" · ")}</span></figcaption></figure></li>`;
}

/** The colours and letters of the evaluation's report. */
const STYLE = `
:root { --page: #fcfcfb; --panel: #f3f4f6; --ink: #1b2129; --muted: #5c6673; --rule: #dfe3e8; --accent: #2a6fb0; color-scheme: light; }
@media screen and (prefers-color-scheme: dark) {
  :root { --page: #14181d; --panel: #1e242b; --ink: #e6eaef; --muted: #9aa6b3; --rule: #2e3640; --accent: #5ba3e0; color-scheme: dark; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 0 clamp(1rem, 4vw, 2.5rem) 3rem; max-width: 90rem; background: var(--page); color: var(--ink);
  font: 400 0.9375rem / 1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; font-variant-numeric: tabular-nums; }
header { padding: 2rem 0 1.25rem; border-bottom: 1px solid var(--rule); margin-bottom: 1.5rem; }
h1 { margin: 0; font-size: 1.5rem; font-weight: 650; letter-spacing: -0.01em; overflow-wrap: anywhere; }
header p { margin: 0.25rem 0 0; color: var(--muted); }
ol { list-style: none; margin: 0; padding: 0; display: grid; gap: 1.5rem 1rem; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); }
figure { margin: 0; }
img, .gone { display: block; width: 100%; height: 11rem; object-fit: contain; background: var(--panel); border-radius: 6px; }
.gone { display: grid; place-items: center; color: var(--muted); font-size: 0.8125rem; }
figcaption { padding-top: 0.4rem; font-size: 0.8125rem; line-height: 1.4; }
figcaption b { display: block; font-weight: 550; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
figcaption i { display: block; height: 3px; margin: 0.2rem 0; border-radius: 2px; background: var(--accent); }
figcaption span { color: var(--muted); }
.nothing { padding: 4rem 0; text-align: center; color: var(--muted); font-size: 1.0625rem; }
@media print { ol { grid-template-columns: repeat(5, 1fr); } figure { break-inside: avoid; } }
`;

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
