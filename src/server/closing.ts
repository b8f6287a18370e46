import type { FastifyInstance } from "fastify";

declare module "fastify" {
  interface FastifyInstance {
    /** Whether the server was asked to end, and takes no new connections. */
    isClosing: boolean;
  }
}

/** Between two looks for connections that have nothing to say any more, in milliseconds. */
const IDLE_LOOK = 50;

/**
 * Lets `app` end without cutting anybody off. Once it is asked to close it is no longer ready, takes no new connections,
 * answers what came, and tells each client that its connection ends with the answer.
 */
export function closeGently(app: FastifyInstance): void {
  app.decorate("isClosing", false);
  app.addHook("onSend", async (_request, reply) => {
    if (app.isClosing) reply.header("connection", "close");
  });
  app.addHook("preClose", async () => {
    app.isClosing = true;
    if (!app.server.listening) return;
    // Fastify closes connections that are idle now; of those that become idle later it would wait for the client (fastify#7044).
    const timer = setInterval(() => app.server.closeIdleConnections(), IDLE_LOOK);
    app.server.once("close", () => clearInterval(timer));
    timer.unref();
  });
}
