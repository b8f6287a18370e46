import { availableParallelism } from "node:os";

/** How the work of one model is spread over the cores of a machine; measured, see bench/README.md. */
export interface Parallelism {
  /** Pictures in one run of the vision tower: with more, a picture takes no less time, and more memory. */
  readonly batchSize: number;
  /** Threads of one run of a network; 0 leaves it to ONNX Runtime, which takes one for each physical core. */
  readonly threads: number;
  /**
   * Threads that preprocess. One keeps up with a network on two cores, even with the built-in model, whose network is the
   * quickest; more than four would wait for libuv's pool, whose four threads decode for all of them. A single core has
   * nothing to run beside the network.
   */
  readonly workers: number;
}

export function defaultParallelism(cores = availableParallelism()): Parallelism {
  return { batchSize: 16, threads: 0, workers: Math.min(4, cores >> 1) };
}
