import multipart from "@fastify/multipart";
import fastify, { type FastifyInstance } from "fastify";
import { askForKeys } from "./access/access.js";
import type { ApiKeys } from "./access/keys.js";
import { watchCallers } from "./caller.js";
import { sendProblem, tellErrors } from "./problems/error-shape.js";
import { RequestError } from "./problems/request-error.js";
import { healthRoutes } from "./routes/health.js";
import { modelRoutes } from "./routes/models.js";
import { type RoutePlugin, typed } from "./routes/route-plugin.js";
import { createService, type Service, type ServiceParts } from "./service.js";
import { schemaError, validatorCompiler } from "./validation.js";

declare module "fastify" {
  interface FastifyInstance {
    /** What the routes serve. */
    readonly service: Service;
  }
}

/** What `createApp` makes a server from. */
export interface ServerParts extends ServiceParts {
  /** Who may use the server. Default: everybody whom it listens to. */
  readonly keys?: ApiKeys | undefined;
}

/** A server that is ready to listen, or to be asked by `inject` without a port. */
export type ServerApp = FastifyInstance;

/** Each kind of client has its routes in a file of its own. */
const ROUTES: readonly RoutePlugin[] = [healthRoutes, modelRoutes];

/** The server as a value. It listens to nothing yet. @throws NearlabelError OPTION_INVALID */
export async function createApp(parts: ServerParts): Promise<ServerApp> {
  const service = createService(parts);
  const { limits } = service;
  const app = fastify({
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.secondsToReceive * 1000,
    genReqId: () => crypto.randomUUID(),
    schemaErrorFormatter: schemaError,
    frameworkErrors: (error, request, reply) => void sendProblem(error, request, reply),
    routerOptions: { ignoreTrailingSlash: true },
  });
  app.decorate("service", service);
  app.decorateRequest("pictures");
  app.setValidatorCompiler(validatorCompiler);
  tellErrors(app);
  app.setNotFoundHandler((request) => {
    throw new RequestError(
      "ROUTE_NOT_FOUND",
      `There is no route ${request.method} ${request.url.slice(0, 200)}.`,
    );
  });
  askForKeys(app, parts.keys);
  watchCallers(app);
  await takeBodies(app);
  for (const routes of ROUTES) await app.register(async (scope) => routes(typed(scope)));
  return app;
}

/** JSON, forms, and pictures as they are. */
async function takeBodies(app: FastifyInstance): Promise<void> {
  const { bodyBytes, pictureBytes, pictures } = app.service.limits;
  app.removeContentTypeParser("text/plain");
  for (const type of [/^image\//, "application/octet-stream"]) {
    const options = { parseAs: "buffer", bodyLimit: pictureBytes } as const;
    app.addContentTypeParser(type, options, async (_request: unknown, body: Buffer) => body);
  }
  await app.register(multipart, {
    limits: {
      fileSize: pictureBytes,
      files: pictures,
      fields: 100,
      fieldSize: bodyBytes,
      parts: pictures + 100,
    },
    throwFileSizeLimit: true,
  });
}
