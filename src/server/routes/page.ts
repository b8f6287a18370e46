import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyReply } from "fastify";
import { packagePath } from "../../files/package-files.js";
import { CONTENT_SECURITY_POLICY, policyText } from "../access/headers.js";
import type { RoutePlugin } from "./route-plugin.js";

/** The views of the page. Each has an address, under which the page starts with it. */
const VIEWS = ["classify", "recipe", "search", "collection", "evaluate", "label-sets", "jobs"];

const options = { config: { scope: "public" }, schema: { hide: true } } as const;
/** Their names change with their contents. */
const FOREVER = { maxAge: "1y", immutable: true } as const;

/** The page for people, with its files and the sample pictures. It tells nothing by itself: all data comes from other routes. */
export const pageRoutes: RoutePlugin = async (app) => {
  const folder = packagePath("dist/web");
  const start = join(folder, "index.html");
  // Where it was not built, the server is for programs only.
  if (!existsSync(start)) return;
  const html = readFileSync(start, "utf8");
  await app.register(fastifyStatic, { root: folder, serve: false });
  for (const url of ["/", ...VIEWS.map((view) => `/${view}`)]) {
    app.get(url, options, async (_request, reply) => sendPage(reply, html));
  }
  app.get("/assets/:file", options, async (request, reply) =>
    reply.sendFile(fileOf(request.params), join(folder, "assets"), FOREVER),
  );
  app.get("/icon.svg", options, async (_request, reply) => reply.sendFile("icon.svg"));
  app.get("/samples/:file", options, async (request, reply) =>
    reply.sendFile(fileOf(request.params), packagePath("samples")),
  );
};

/** Where styles are made while the page runs they carry a number that was made for this answer. */
function sendPage(reply: FastifyReply, html: string) {
  const nonce = randomBytes(16).toString("base64");
  const policy = { ...CONTENT_SECURITY_POLICY, "style-src": `'self' 'nonce-${nonce}'` };
  return reply
    .type("text/html; charset=utf-8")
    .header("cache-control", "no-store")
    .header("content-security-policy", policyText(policy))
    .send(html.replace('nonce="NONCE"', `nonce="${nonce}"`));
}

function fileOf(parameters: unknown): string {
  return (parameters as { file: string }).file;
}
