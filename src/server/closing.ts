import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import type { FastifyInstance } from "fastify";

declare module "fastify" {
  interface FastifyInstance {
    /** Whether the server was asked to end, and takes no new connections. */
    isClosing: boolean;
  }
}

/** How long connections are still taken, so that what was on its way when the server was told to end arrives; in milliseconds. */
const LINGER = 100;

/** How long a connection may take to send its first request once the server ends, in milliseconds. */
const FIRST_REQUEST = 1000;

/** Between two looks for connections that have nothing to say any more, in milliseconds. */
const LOOK = 50;

/**
 * Lets `app` end without cutting anybody off. Once it is asked to close it is no longer ready, soon takes no new connections,
 * answers what came, and tells each client that its connection ends with the answer.
 */
export function closeGently(app: FastifyInstance): void {
  app.decorate("isClosing", false);
  const connections = watchConnections(app);
  app.addHook("onSend", async (_request, reply) => {
    if (app.isClosing) reply.header("connection", "close");
  });
  app.addHook("preClose", async () => {
    app.isClosing = true;
    if (!app.server.listening) return;
    await setTimeout(LINGER);
    const began = performance.now();
    const timer = setInterval(() => {
      const passed = performance.now() - began;
      connections.closeIdle(passed > FIRST_REQUEST);
      // Node.js looks after slow clients no more once it closes.
      if (passed > app.service.limits.seconds * 1000) app.server.closeAllConnections();
    }, LOOK);
    app.server.once("close", () => clearInterval(timer));
  });
}

/**
 * Replaces how Node.js and Fastify close idle connections: they take for idle one that was accepted and whose first request was not
 * read yet, and Fastify does not look again for those that become idle later (fastify#7044).
 */
function watchConnections({ server }: FastifyInstance) {
  const fresh = new Set<Socket>();
  const idle = new Set<Socket>();
  const take = (socket: Socket) => {
    fresh.add(socket);
    socket.once("close", () => {
      fresh.delete(socket);
      idle.delete(socket);
    });
  };
  const closeIdle = (freshToo: boolean) => {
    for (const socket of [...idle, ...(freshToo ? fresh : [])]) socket.destroy();
  };
  server.on("setSecureContext" in server ? "secureConnection" : "connection", take);
  server.on("request", ({ socket }: IncomingMessage, response: ServerResponse) => {
    fresh.delete(socket);
    idle.delete(socket);
    response.once("close", () => {
      if (!socket.destroyed) idle.add(socket);
    });
  });
  server.closeIdleConnections = () => closeIdle(false);
  return { closeIdle };
}
