import { existsSync, statSync } from "node:fs";
import { join, normalize } from "node:path";
import fastifyStatic from "@fastify/static";
import { RequestError } from "../problems/request-error.js";
import type { RoutePlugin } from "./route-plugin.js";

/**
 * The page of `folder`, as Vite builds it: `/` and each address of a view give `index.html`. Files below `assets/` have their hash in
 * their name, and never change.
 */
export const pageRoutes =
  (folder: string): RoutePlugin =>
  async (app) => {
    await app.register(fastifyStatic, { root: folder, serve: false });
    app.get("/*", { config: { scope: "public" } }, async (request, reply) => {
      const path = normalize(`/${(request.params as { "*": string })["*"]}`).slice(1);
      const file = join(folder, path);
      if (path !== "" && existsSync(file) && statSync(file).isFile()) {
        const forever = path.startsWith("assets/");
        return reply.sendFile(path, { maxAge: forever ? "1y" : 0, immutable: forever });
      }
      const isView = (request.headers.accept ?? "").includes("text/html") && !/\.\w+$/.test(path);
      if (isView && !path.startsWith("v1/")) return reply.sendFile("index.html", { maxAge: 0 });
      throw new RequestError("ROUTE_NOT_FOUND", `There is no route GET /${path.slice(0, 200)}.`);
    });
  };
