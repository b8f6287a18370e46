import type { RoutePlugin } from "./route-plugin.js";

export const healthRoutes: RoutePlugin = async (app) => {
  app.get("/healthz", { config: { scope: "public" } }, async () => ({ status: "ok" }));
};
