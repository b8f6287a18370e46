import { mcpRoutes } from "../mcp/mcp-routes.js";
import type { RoutePlugin } from "../routes/route-plugin.js";
import { huggingFaceRoutes } from "./huggingface.js";
import { immichRoutes } from "./immich.js";
import { knnServiceRoutes } from "./knn-service.js";
import { openaiRoutes } from "./openai.js";
import { teiRoutes } from "./tei.js";

/** Routes that clients of other products use unchanged but for the address; requests, answers and errors have their shape. */
export const shapes: readonly RoutePlugin[] = [
  mcpRoutes,
  openaiRoutes,
  huggingFaceRoutes,
  teiRoutes,
  immichRoutes,
  knnServiceRoutes,
];
