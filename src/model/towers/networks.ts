import { NearlabelError } from "../../errors.js";
import { type Lazy, lazy } from "../../files/lazy.js";
import type { Device } from "../../onnx/device.js";
import { type Graph, type GraphOptions, openGraph } from "../../onnx/graph.js";
import { type FixedSizes, fixedSizes } from "../../onnx/inputs.js";
import type { ModelFiles } from "../files/files.js";
import type { ModelSource } from "../files/source.js";

/** The networks of a model, each opened at its first use: classifying with a label index needs no text tower. */
export interface Networks {
  /** @param signal ends the wait, and the download that it may be for */
  text(signal?: AbortSignal): Promise<Graph>;
  vision(): Promise<Graph>;
  /** Frees the text tower, unless one network has both towers; the next use opens it again. */
  releaseText(): Promise<void>;
  /** Frees the networks that were opened, and stops downloads. Asking for one afterwards is an error. */
  close(): Promise<void>;
}

/** What the networks of a model run on and take. */
export interface NetworkDescription {
  readonly device: { readonly vision: Device; readonly text: Device };
  /** Sizes that a network takes and no others; undefined where it takes any. */
  readonly fixed: FixedSizes;
}

/** Opens both networks. @throws NearlabelError MODEL_FILE_INVALID, MODEL_UNSUPPORTED, MODEL_CLOSED */
export async function describeNetworks(networks: Networks): Promise<NetworkDescription> {
  const vision = await networks.vision();
  const text = await networks.text();
  const { texts, length } = fixedSizes(text);
  return {
    device: { vision: vision.device, text: text.device },
    fixed: { pictures: fixedSizes(vision).pictures, texts, length },
  };
}

/**
 * @param options as in `openGraph`
 * @param fetch brings files into the model's folder that are not there yet
 */
export function openNetworks(
  id: string,
  files: ModelFiles,
  options: GraphOptions,
  fetch: ModelSource["fetch"],
): Networks {
  const text = lazy(async (signal) => {
    await fetch(files.textOnly, signal);
    return openGraph(files.text, options);
  });
  const vision = files.vision === files.text ? text : lazy(() => openGraph(files.vision, options));
  let closing: Promise<void> | undefined;
  const closed = () =>
    new NearlabelError("MODEL_CLOSED", `The model "${id}" was closed: load it again to use it.`);
  const released = () =>
    new NearlabelError(
      "MODEL_CLOSED",
      `The text tower of "${id}" was released before these texts were embedded: embed them again.`,
    );
  const open = async (graph: Lazy<Graph>, signal?: AbortSignal) => {
    if (closing) throw closed();
    return graph(signal);
  };
  return {
    text: (signal) => open(text, signal),
    vision: () => open(vision),
    releaseText: async () => {
      if (text !== vision) await (await text.take())?.release(released());
    },
    close: () => {
      closing ??= release(new Set([text, vision]), closed());
      return closing;
    },
  };
}

async function release(graphs: ReadonlySet<Lazy<Graph>>, reason: NearlabelError): Promise<void> {
  for (const graph of graphs) await (await graph.take(reason))?.release(reason);
}
