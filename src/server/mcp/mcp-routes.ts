import type { FastifyRequest } from "fastify";
import { lazy } from "../../files/lazy.js";
import { RequestError } from "../problems/request-error.js";
import type { RoutePlugin } from "../routes/route-plugin.js";
import type { Agent } from "./agent.js";

/** `/mcp`: the tools for agents over streamable HTTP, without sessions. */
export const mcpRoutes: RoutePlugin = async (app) => {
  // The library is loaded for the first agent that comes.
  const handler = lazy(async () => {
    const [{ createMcpHandler }, { createMcpServer }] = await Promise.all([
      import("@modelcontextprotocol/server"),
      import("./mcp-server.js"),
    ]);
    return createMcpHandler(({ authInfo }) => createMcpServer(authInfo!.extra!.agent as Agent));
  });
  app.addHook("onClose", async () => (await handler.take())?.close());
  app.route({
    method: ["GET", "POST", "DELETE"],
    url: "/mcp",
    // Fastify would measure the body of the answer, which here is one of `fetch`.
    exposeHeadRoute: false,
    config: { scope: "classify" },
    handler: async (request, reply) => {
      const { fetch } = await handler();
      const response = await fetch(asFetched(request), {
        parsedBody: request.body,
        authInfo: {
          token: "",
          clientId: request.caller.client,
          scopes: [...(request.apiKey?.scopes ?? [])],
          extra: { agent: agentOf(request) },
        },
      });
      return reply.send(response);
    },
  });
};

/** The request for a library that knows those of `fetch`; its body was read already. */
function asFetched({ method, url, host, protocol, headers }: FastifyRequest): Request {
  const sent = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
  return new Request(`${protocol}://${host}${url}`, { method, headers: sent });
}

function agentOf({ server, caller, apiKey }: FastifyRequest): Agent {
  return {
    service: server.service,
    caller,
    expectScope(scope) {
      if (!apiKey || apiKey.scopes.includes(scope)) return;
      throw new RequestError("KEY_SCOPE", `The key "${apiKey.name}" does not allow ${scope}.`);
    },
  };
}
