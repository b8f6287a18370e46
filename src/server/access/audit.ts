import type { FastifyInstance } from "fastify";

/** A line in the log for each request that may change what is stored: who, what, and how it ended. */
export function auditWrites(app: FastifyInstance): void {
  app.addHook("onResponse", async (request, reply) => {
    if (request.is404 || ![request.routeOptions.config.scope].flat().includes("write")) return;
    const { apiKey, method, url, ip } = request;
    request.log.info(
      { audit: true, key: apiKey?.id, keyName: apiKey?.name, ip, method, url, status: reply.statusCode },
      "write",
    );
  });
}
