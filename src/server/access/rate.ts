import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance } from "fastify";
import { RequestError } from "../problems/request-error.js";

/** Requests a minute by key, or by address where there are no keys: the key's own rate, or `perMinute`. */
export async function limitRates(app: FastifyInstance, perMinute: number): Promise<void> {
  await app.register(rateLimit, {
    timeWindow: 60_000,
    keyGenerator: ({ apiKey, ip }) => apiKey?.id ?? ip,
    max: ({ apiKey }) => apiKey?.perMinute ?? perMinute,
    allowList: ({ routeOptions, apiKey }) =>
      routeOptions.config.scope === "public" || (apiKey?.perMinute ?? perMinute) === Number.POSITIVE_INFINITY,
    errorResponseBuilder: (_request, { max, ttl }) => {
      const retryAfter = Math.ceil(ttl / 1000);
      return new RequestError(
        "SERVER_BUSY",
        `More than ${max} requests within a minute. Try again in ${retryAfter} s.`,
        { retryAfter },
      );
    },
  });
}
