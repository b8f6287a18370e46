import { Type } from "typebox";
import { RequestError } from "../problems/request-error.js";
import type { RoutePlugin } from "./route-plugin.js";

const Status = Type.Object({ status: Type.Literal("ok") });
const schema = { tags: ["health"], response: { 200: Status } };
const open = { scope: "public" } as const;

/** `/healthz`: it runs. `/readyz`: it takes requests. `/metrics`: what it does, for Prometheus. */
export const healthRoutes: RoutePlugin = async (app) => {
  app.get(
    "/healthz",
    { config: open, schema: { ...schema, operationId: "health", summary: "Whether the server runs" } },
    async () => ({ status: "ok" as const }),
  );
  app.get(
    "/readyz",
    { config: open, schema: { ...schema, operationId: "ready", summary: "Whether it takes requests" } },
    async () => {
      if (app.isClosing)
        throw new RequestError("SERVER_CLOSING", "The server is closing.", { retryAfter: 1 });
      return { status: "ok" as const };
    },
  );
  app.get(
    "/metrics",
    {
      config: { scope: "read" },
      schema: {
        tags: ["health"],
        operationId: "metrics",
        summary: "Counts and times, for Prometheus",
        response: { 200: { description: "Text", content: { "text/plain": { schema: Type.String() } } } },
      },
    },
    async (_request, reply) => reply.type(app.metrics.contentType).send(await app.metrics.metrics()),
  );
};
