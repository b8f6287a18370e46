// What an agent does over the Model Context Protocol, by its client for JavaScript: it asks for the tools, then classifies. An
// agent on this machine starts `nearlabel mcp` itself, as here; for others there is /mcp of nearlabel serve.
//
//     npm install @modelcontextprotocol/client
//     node mcp-tools.mjs photos/ photos/bus.png cup bus snail

import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";

const [folder, path, ...labels] = process.argv.slice(2);
const client = new Client({ name: "example", version: "1.0.0" });
const [command, ...args] = (process.env.NEARLABEL ?? "npx nearlabel").split(" ");
await client.connect(new StdioClientTransport({ command, args: [...args, "mcp", "--files", folder] }));

const { tools } = await client.listTools();
console.log(...tools.map(({ name }) => name));
const { content } = await client.callTool({ name: "classify", arguments: { path, labels } });
for (const part of content) console.log(part.text);
await client.close();
