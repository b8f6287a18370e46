import cors from "@fastify/cors";
import helmet from "@fastify/helmet";
import type { FastifyInstance } from "fastify";

/** What a page of ours may load: its own files, and pictures that it made itself. No inline script, nothing from elsewhere. */
export const CONTENT_SECURITY_POLICY = {
  "default-src": "'none'",
  "script-src": "'self'",
  "style-src": "'self'",
  "img-src": "'self' data: blob:",
  "connect-src": "'self'",
  "font-src": "'self'",
  "worker-src": "'self'",
  "manifest-src": "'self'",
  "base-uri": "'none'",
  "form-action": "'none'",
  "frame-ancestors": "'none'",
};

/** As the header has it. */
export function policyText(policy: Readonly<Record<string, string>>): string {
  return Object.entries(policy)
    .map((words) => words.join(" "))
    .join("; ");
}

/** Headers that tell browsers what they may do with answers, and whose pages may read them: nobody's but our own by default. */
export async function setHeaders(app: FastifyInstance, corsOrigins: readonly string[] = []): Promise<void> {
  await app.register(helmet, {
    // It would be put together anew for each answer.
    contentSecurityPolicy: false,
    // Without TLS browsers pass it over; with TLS at a proxy it is the proxy's to say.
    strictTransportSecurity: false,
  });
  if (corsOrigins.length > 0) {
    await app.register(cors, {
      origin: [...corsOrigins],
      methods: ["GET", "POST", "PUT", "DELETE"],
      exposedHeaders: ["x-request-id", "retry-after", "etag"],
    });
  }
  const policy = policyText(CONTENT_SECURITY_POLICY);
  app.addHook("onRequest", async (request, reply) => {
    reply.header("content-security-policy", policy).header("x-request-id", request.id);
  });
}
