import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** The way to a server of this machine, which can be shut: nothing gets through, and what was under way breaks off. */
export interface Door {
  readonly endpoint: string;
  shut(): void;
  open(): void;
  /** Resolves when somebody comes next. */
  knock(): Promise<unknown>;
  close(): Promise<void>;
}

export async function doorTo(endpoint: string): Promise<Door> {
  const { hostname, port } = new URL(endpoint);
  const sockets = new Set<Socket>();
  let isOpen = true;
  const server = createServer((client) => {
    if (!isOpen) return void client.destroy();
    const behind = connect(Number(port), hostname);
    for (const [from, to] of [
      [client, behind],
      [behind, client],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on("error", () => {});
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const breakOff = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    shut() {
      isOpen = false;
      breakOff();
    },
    open() {
      isOpen = true;
    },
    knock: () => once(server, "connection"),
    async close() {
      breakOff();
      server.close();
      await once(server, "close");
    },
  };
}
