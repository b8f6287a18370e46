import { packagePath } from "../files/package-files.js";
import { type Graph, openGraph } from "../onnx/graph.js";

/** Networks without weights, which `scripts/make_scoring_networks.py` writes and describes. */
export type ScoringNetwork = "similarities" | "nearest-labels";

const opened = new Map<ScoringNetwork, Promise<Graph>>();

/** Opens a network on the processor at first use, for as long as the program runs: it takes little memory. */
export function scoringNetwork(name: ScoringNetwork): Promise<Graph> {
  let graph = opened.get(name);
  if (!graph) {
    const file = packagePath(`models/scoring/${name}.onnx`);
    graph = openGraph(file, { threads: 0 });
    opened.set(name, graph);
  }
  return graph;
}
