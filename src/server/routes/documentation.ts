import { documentationPage, type OpenApi, STYLE } from "../documentation/page.js";
import type { RoutePlugin } from "./route-plugin.js";

/** `/openapi.json` and `/docs`: what routes there are, from the schemas that they check against. */
export const documentationRoutes: RoutePlugin = async (app) => {
  const config = { scope: "public" } as const;
  app.get("/openapi.json", { config }, async () => app.swagger());
  app.get("/docs", { config }, async (_request, reply) =>
    reply.type("text/html; charset=utf-8").send(documentationPage(app.swagger() as unknown as OpenApi)),
  );
  app.get("/docs/style.css", { config }, async (_request, reply) =>
    reply.type("text/css; charset=utf-8").send(STYLE),
  );
};
