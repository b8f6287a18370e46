/** A page for people of an OpenAPI document: plain HTML without scripts, so that it needs nothing from anywhere. */
export function documentationPage(document: OpenApi): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const sections = [...grouped(operations)].map(
    ([tag, each]) => `<section><h2>${escaped(tag)}</h2>${each.map(operationHtml).join("")}</section>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(document.info.title)}: routes</title><link rel="stylesheet" href="/docs/style.css"></head>
<body><header><h1>${escaped(document.info.title)} <small>${escaped(document.info.version)}</small></h1>
<p>${escaped(document.info.description)} <a href="/openapi.json">openapi.json</a></p></header>
<main>${sections.join("")}</main></body></html>`;
}

/** As much of an OpenAPI document as the page shows. */
export interface OpenApi {
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly description?: string;
  readonly schema: Schema;
}

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

interface Placed {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

function operationHtml({ path, method, operation }: Placed): string {
  const { summary = "", description = "", parameters = [], requestBody } = operation;
  const bodies = Object.entries(requestBody?.content ?? {});
  const [, first] = bodies[0] ?? [];
  const required = new Set(first?.schema.required);
  const rows = [
    ...parameters.map((each) => row(each.name, each.in, typeName(each.schema), each.description)),
    ...Object.entries(first?.schema.properties ?? {}).map(([name, schema]) =>
      row(name, required.has(name) ? "body, required" : "body", typeName(schema), schema.description),
    ),
  ];
  const types = bodies.map(([type]) => `<code>${escaped(type)}</code>`).join(" ");
  return `<article><h3><code><b>${method}</b> ${escaped(path)}</code></h3><p>${escaped(summary)}. ${escaped(description)}</p>
${types && `<p>Body: ${types}</p>`}${rows.length > 0 ? `<table>${rows.join("")}</table>` : ""}</article>`;
}

function row(name: string, place: string, type: string, description = ""): string {
  const cells = [`<code>${escaped(name)}</code>`, escaped(type), escaped(place), escaped(description)];
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
}

function typeName(schema: Schema): string {
  if (schema.anyOf) return [...new Set(schema.anyOf.map(typeName))].join(" or ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  return schema.type === "array" && schema.items
    ? `list of ${typeName(schema.items)}`
    : (schema.type ?? "any");
}

function grouped(operations: readonly Placed[]): Map<string, Placed[]> {
  const groups = new Map<string, Placed[]>();
  for (const placed of operations) {
    const tag = placed.operation.tags?.[0] ?? "other";
    groups.set(tag, [...(groups.get(tag) ?? []), placed]);
  }
  return groups;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

export const STYLE = `:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}
body{max-width:60rem;margin:0 auto;padding:2rem 1rem 4rem}
h1 small{font-weight:400;opacity:.6}h2{margin:2.5rem 0 .5rem;text-transform:capitalize}
article{border-top:1px solid color-mix(in srgb,currentColor 20%,transparent);padding:.75rem 0}
h3{margin:.25rem 0;font-size:1rem}p{margin:.25rem 0}
code{font:.9em ui-monospace,monospace}table{border-spacing:0;margin:.5rem 0;width:100%}
td{padding:.2rem 1rem .2rem 0;vertical-align:top;font-size:.9rem}td:nth-child(n+2){opacity:.8}
@media(max-width:40rem){td{display:block;padding:0}td:first-child{margin-top:.5rem}}`;
