import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { FastifyInstance } from "fastify";

/** A scope of the server whose routes have the types of their schemas. */
type RouteScope = ReturnType<typeof typed>;

/** The routes of one kind of client. What it sets on its scope, such as a shape for errors, holds for its routes only. */
export type RoutePlugin = (app: RouteScope) => Promise<void>;

export function typed(scope: FastifyInstance) {
  return scope.withTypeProvider<TypeBoxTypeProvider>();
}
