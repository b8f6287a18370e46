import type { CallToolResult, JsonSchemaType } from "@modelcontextprotocol/server";
import { fromJsonSchema, McpServer } from "@modelcontextprotocol/server";
import { codedError } from "../../errors.js";
import { packageVersion } from "../../files/package-files.js";
import type { Agent, Tool } from "./agent.js";
import { classifyTool } from "./classify-tool.js";
import { labelCountsTool } from "./label-counts-tool.js";
import { searchTool } from "./search-tool.js";
import { similarTool } from "./similar-tool.js";

const TOOLS = [classifyTool, searchTool, similarTool, labelCountsTool] as unknown as readonly Tool[];

/** The tools for one agent, as the Model Context Protocol has them. Nothing that they do changes anything. */
export function createMcpServer(agent: Agent): McpServer {
  const server = new McpServer({ name: "nearlabel", version: packageVersion() });
  for (const tool of TOOLS) {
    const { name, title, description, input } = tool;
    server.registerTool(
      name,
      {
        title,
        description,
        inputSchema: fromJsonSchema<Record<string, unknown>>(input as unknown as JsonSchemaType),
        annotations: { readOnlyHint: true, openWorldHint: false },
      },
      (given) => called(tool, given, agent),
    );
  }
  return server;
}

/** What went wrong is an answer too, which the agent reads and may act on. */
async function called(tool: Tool, input: Record<string, unknown>, agent: Agent): Promise<CallToolResult> {
  try {
    return await tool.call(input, agent);
  } catch (error) {
    const { code, publicMessage } = codedError(error);
    return { isError: true, content: [{ type: "text", text: `${publicMessage} (${code})` }] };
  }
}
