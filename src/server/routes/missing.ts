import type { FastifyInstance } from "fastify";
import { RequestError } from "../problems/request-error.js";

/** What a request gets that no route is for: 405 where there is one for other methods, else 404. To be called before routes are added, after what every request passes. */
export function answerMissingRoutes(app: FastifyInstance): void {
  const methods = new Map<string, { readonly pattern: RegExp; readonly allowed: Set<string> }>();
  app.addHook("onRoute", ({ url, method }) => {
    const route = methods.get(url) ?? { pattern: patternOf(url), allowed: new Set() };
    for (const each of [method].flat()) route.allowed.add(each);
    methods.set(url, route);
  });
  // Before a body is read.
  app.addHook("onRequest", async (request, reply) => {
    const { method, url, is404 } = request;
    if (!is404) return;
    const [path = ""] = url.split("?");
    const known = [...methods.values()].filter(({ pattern }) => pattern.test(path));
    if (known.length === 0) {
      throw new RequestError("ROUTE_NOT_FOUND", `There is no route ${method} ${url.slice(0, 200)}.`);
    }
    const allowed = [...new Set(known.flatMap((route) => [...route.allowed]))].join(", ");
    void reply.header("allow", allowed);
    throw new RequestError("METHOD_NOT_ALLOWED", `${path.slice(0, 200)} is for ${allowed} only.`);
  });
}

/** A parameter, as `:name`, stands for one part of a path, a star for any. */
function patternOf(url: string): RegExp {
  const parts = url.split("/").map((part) => {
    if (part.startsWith(":")) return "[^/]+";
    return part === "*" ? ".*" : part.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
  });
  return new RegExp(`^${parts.join("/")}/?$`);
}
