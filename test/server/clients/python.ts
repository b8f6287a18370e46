import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A Python with the clients, such as `.ci/run` makes. */
const python = process.env.PYTHON;

const PACKAGES = [
  "openai",
  "huggingface_hub",
  "llama_index.embeddings.jinaai",
  "langchain_openai",
  "langchain_community",
  "clip_retrieval",
  "mcp",
];

/** Of the clients for Python, those that are installed here. */
export const installed: ReadonlySet<string> = new Set(await installedPackages());

async function installedPackages(): Promise<string[]> {
  const program = `
import importlib.util, sys
def found(name):
    try: return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError: return False
print(*filter(found, sys.argv[1:]))`;
  if (!python) return [];
  const told = await run(python, ["-c", program, ...PACKAGES]);
  return told.stdout.split(/\s+/).filter(Boolean);
}

/** What a program of examples/clients prints. */
export async function runExample(file: string, ...args: readonly string[]): Promise<string> {
  const path = fileURLToPath(new URL(`../../../examples/clients/${file}`, import.meta.url));
  const [command, first] = file.endsWith(".py")
    ? [python!, ["-W", "ignore", LOADER]]
    : [process.execPath, []];
  const env = { ...process.env, NEARLABEL: `${process.execPath} ${PROGRAM}` };
  const { stdout } = await run(command, [...first, path, ...args], { env });
  return stdout;
}

/** Runs a program without what `import clip_retrieval` loads beside its client: torch, faiss and more. */
const LOADER = fileURLToPath(new URL("light_imports.py", import.meta.url));

const PROGRAM = fileURLToPath(new URL("../../../dist/bundle/nearlabel.js", import.meta.url));
