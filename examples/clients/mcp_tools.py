"""What an agent does over the Model Context Protocol, by its client for Python: it asks for the tools, then searches.

    pip install mcp
    python mcp_tools.py http://127.0.0.1:8080 "a drawing of a bus"
"""

import asyncio
import sys

from mcp import Client

server, text = sys.argv[1:]


async def main():
    async with Client(f"{server}/mcp") as client:
        print(*(tool.name for tool in (await client.list_tools()).tools))
        found = await client.call_tool("search", {"query": text, "limit": 1})
        for part in found.content:
            print(part.text if part.type == "text" else f"{part.type}, {part.mime_type}")


asyncio.run(main())
