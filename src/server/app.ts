import multipart from "@fastify/multipart";
import fastify, {
  type FastifyBaseLogger,
  type FastifyHttpOptions,
  type FastifyInstance,
  type RawServerDefault,
} from "fastify";
import { askForKeys } from "./access/access.js";
import { limitBytesAtOnce } from "./access/admission.js";
import { auditWrites } from "./access/audit.js";
import { setHeaders } from "./access/headers.js";
import type { ApiKeys } from "./access/keys.js";
import { checkNames, type NameRules } from "./access/names.js";
import { proxyAddresses } from "./access/proxies.js";
import { limitRates } from "./access/rate.js";
import { watchCallers } from "./caller.js";
import { closeGently } from "./closing.js";
import { describeRoutes } from "./documentation/openapi.js";
import type { Limits } from "./limits.js";
import { httpOptions } from "./listening.js";
import { countRequests } from "./metrics.js";
import { sendProblem, tellErrors } from "./problems/error-shape.js";
import { RequestError, requestInvalid } from "./problems/request-error.js";
import { classifyRoutes } from "./routes/classify.js";
import { curationRoutes } from "./routes/curation.js";
import { documentationRoutes } from "./routes/documentation.js";
import { embedRoutes } from "./routes/embed.js";
import { evaluationRoutes } from "./routes/evaluations.js";
import { explainRoutes } from "./routes/explain.js";
import { exportRoutes } from "./routes/export.js";
import { givenLabelRoutes } from "./routes/given-labels.js";
import { healthRoutes } from "./routes/health.js";
import { jobRoutes } from "./routes/jobs.js";
import { labelSetRoutes } from "./routes/label-sets.js";
import { answerMissingRoutes } from "./routes/missing.js";
import { modelRoutes } from "./routes/models.js";
import { pageRoutes } from "./routes/page.js";
import { rankingRoutes } from "./routes/ranking.js";
import { type RoutePlugin, typed } from "./routes/route-plugin.js";
import { searchRoutes } from "./routes/search.js";
import { tableRoutes } from "./routes/tables.js";
import { createService, type Service, type ServiceParts } from "./service.js";
import { shapes } from "./shapes/shapes.js";
import { schemaError, validatorCompiler } from "./validation.js";

declare module "fastify" {
  interface FastifyInstance {
    /** What the routes serve. */
    readonly service: Service;
  }
}

/** What `createApp` makes a server from. */
export interface ServerParts extends ServiceParts, NameRules {
  /** Who may use the server. Default: everybody whom it listens to. */
  readonly keys?: ApiKeys | undefined;
  /** Where a line is written for each request, without anything of its pictures. Default: nowhere. */
  readonly logger?: FastifyBaseLogger | undefined;
  /** Certificate and key, where no proxy does TLS. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer } | undefined;
  /** Addresses of proxies whose `X-Forwarded-For` is believed, between commas. Default: none. */
  readonly trustProxy?: string | undefined;
}

/** A server that is ready to listen, or to be asked by `inject` without a port. */
export type ServerApp = FastifyInstance;

/** Each kind of client has its routes in a file of its own. */
const ROUTES: readonly RoutePlugin[] = [
  healthRoutes,
  documentationRoutes,
  modelRoutes,
  classifyRoutes,
  embedRoutes,
  labelSetRoutes,
  tableRoutes,
  searchRoutes,
  rankingRoutes,
  givenLabelRoutes,
  exportRoutes,
  curationRoutes,
  explainRoutes,
  evaluationRoutes,
  jobRoutes,
  pageRoutes,
  ...shapes,
];

/** The server as a value. It listens to nothing yet. @throws NearlabelError OPTION_INVALID */
export async function createApp(parts: ServerParts): Promise<ServerApp> {
  const service = createService(parts);
  const app = fastify(fastifyOptions(parts, service.limits));
  app.decorate("service", service);
  app.decorateRequest("pictures");
  app.setValidatorCompiler(validatorCompiler);
  tellErrors(app);
  closeGently(app);
  app.addHook("onClose", () => service.pictures.close());
  await guard(app, parts);
  answerMissingRoutes(app);
  await takeBodies(app);
  await describeRoutes(app);
  for (const routes of ROUTES) await app.register(async (scope) => routes(typed(scope)));
  return app;
}

function fastifyOptions(
  { logger, tls, trustProxy }: ServerParts,
  limits: Limits,
): FastifyHttpOptions<RawServerDefault> {
  return {
    ...httpOptions(limits),
    ...(tls && { https: { ...tls, ...httpOptions(limits).http } }),
    ...(logger && { loggerInstance: logger }),
    ...(trustProxy !== undefined && { trustProxy: proxyAddresses(trustProxy) }),
    bodyLimit: limits.bodyBytes,
    // What comes while the server closes is still answered.
    return503OnClosing: false,
    genReqId: () => crypto.randomUUID(),
    schemaErrorFormatter: schemaError,
    frameworkErrors: (error, request, reply) => void sendProblem(error, request, reply),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 300 },
  };
}

/** What every request passes before it is read, in this order. */
async function guard(app: FastifyInstance, parts: ServerParts): Promise<void> {
  await setHeaders(app, parts.corsOrigins);
  checkNames(app, parts);
  askForKeys(app, parts.keys);
  await limitRates(app, app.service.limits.requestsPerMinute);
  limitBytesAtOnce(app);
  watchCallers(app);
  auditWrites(app);
  countRequests(app);
}

/** JSON, forms, and pictures as they are. */
async function takeBodies(app: FastifyInstance): Promise<void> {
  const { bodyBytes, pictureBytes, pictures } = app.service.limits;
  app.removeContentTypeParser("text/plain");
  for (const type of [/^image\//, "application/octet-stream"]) {
    const options = { parseAs: "buffer", bodyLimit: pictureBytes } as const;
    app.addContentTypeParser(type, options, async (_request: unknown, body: Buffer) => body);
  }
  app.addHook("preHandler", async (request) => {
    if (
      (request.body ?? undefined) !== undefined ||
      !["POST", "PUT"].includes(request.method) ||
      request.is404
    )
      return;
    if (request.isMultipart()) throw new RequestError("REQUEST_UNSUPPORTED", "This route takes no forms.");
    throw requestInvalid("The request has no body.");
  });
  await app.register(multipart, {
    limits: {
      fileSize: pictureBytes,
      files: pictures,
      fields: 100,
      fieldSize: bodyBytes,
      parts: pictures + 100,
    },
    // A file that is longer is cut, and its picture refused, beside which the others are answered.
    throwFileSizeLimit: false,
  });
}
