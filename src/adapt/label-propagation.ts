import { checkOptions } from "../arguments.js";
import { optionError } from "../errors.js";
import type { Matrix } from "../math/matrix.js";
import type { ClassEmbeddings } from "../scoring/scores.js";
import { checkNotNegative, checkSameSpace } from "./fitting-input.js";
import { type Neighbours, nearestIn, nearestOthers } from "./neighbours.js";

export interface TransduceOptions {
  /** Edges that each picture has to classes, and, less one, to other pictures. Default 5, as the authors' program has it. */
  neighbours?: number | undefined;
  /** Power of the cosines to classes, which makes them comparable with the larger ones between pictures. Default 5. */
  gamma?: number | undefined;
  /** How far labels spread, from 0 to below 1. Default 0.3. */
  alpha?: number | undefined;
}

/** What is left of the first step's error when the propagation stops. */
const TOLERANCE = 1e-9;

/**
 * Scores of many pictures at once, each helped by those like it: labels spread from the classes to the pictures near
 * them, and on to the pictures near those. Zero-shot label propagation (ZLaP), Stojnic et al. 2024: a graph of
 * pictures and classes with edges to the nearest, (1 - alpha)(I - alpha D^-1/2 W D^-1/2)^-1 applied to the classes.
 * The result is the same at every run. Time grows with the square of the number of pictures, memory in proportion to it.
 *
 * A class that many pictures are near to is held back by its degree, so labels of very different frequency lose.
 *
 * @param images Unit-length rows.
 * @returns One row a picture, one column a class; not negative, comparable within a row, not probabilities.
 * @throws NearlabelError `VECTOR_INVALID`, `OPTION_INVALID`
 */
export function transduce(
  images: Matrix,
  { embeddings }: ClassEmbeddings,
  options: TransduceOptions = {},
): Matrix {
  const { neighbours, gamma, alpha } = checkedOptions(options);
  checkSameSpace(images, embeddings);
  const graph = graphOf(nearestOthers(images, neighbours - 1), nearestIn(embeddings, images, neighbours), {
    images: images.rows,
    classes: embeddings.rows,
    gamma,
  });
  const scores = propagate(graph, images.rows, embeddings.rows, alpha);
  return { data: scores, rows: images.rows, columns: embeddings.rows };
}

function checkedOptions(options: TransduceOptions): { neighbours: number; gamma: number; alpha: number } {
  checkOptions(options, ["neighbours", "gamma", "alpha"], "transduce");
  const { neighbours = 5, gamma = 5, alpha = 0.3 } = options;
  if (!Number.isInteger(neighbours) || neighbours < 1) {
    throw optionError("neighbours", "a whole number from 1", neighbours);
  }
  checkNotNegative("gamma", gamma);
  if (!(alpha >= 0 && alpha < 1)) throw optionError("alpha", "a number from 0 to below 1", alpha);
  return { neighbours, gamma, alpha };
}

/** Undirected edges with weights; pictures come first, classes after them. */
interface Graph {
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly weights: Float64Array;
}

function graphOf(
  between: Neighbours,
  toClasses: Neighbours,
  { images, classes, gamma }: { images: number; classes: number; gamma: number },
): Graph {
  const edges = images * (between.size + toClasses.size);
  const graph = { from: new Int32Array(edges), to: new Int32Array(edges), weights: new Float64Array(edges) };
  let edge = 0;
  for (let image = 0; image < images; image++) {
    for (let place = image * between.size; place < (image + 1) * between.size; place++) {
      put(image, between.positions[place]!, Math.max(0, between.cosines[place]!));
    }
    for (let place = image * toClasses.size; place < (image + 1) * toClasses.size; place++) {
      put(image, images + toClasses.positions[place]!, Math.max(0, toClasses.cosines[place]!) ** gamma);
    }
  }
  normaliseDegrees(graph, images + classes);
  return graph;

  function put(from: number, to: number, weight: number) {
    graph.from[edge] = from;
    graph.to[edge] = to;
    graph.weights[edge++] = weight;
  }
}

/** D^-1/2 W D^-1/2, where D holds the sums of the edges at each node. Two pictures near each other have two edges. */
function normaliseDegrees({ from, to, weights }: Graph, nodes: number): void {
  const degrees = new Float64Array(nodes);
  for (let edge = 0; edge < weights.length; edge++) {
    degrees[from[edge]!]! += weights[edge]!;
    degrees[to[edge]!]! += weights[edge]!;
  }
  for (let edge = 0; edge < weights.length; edge++) {
    if (weights[edge]! > 0) weights[edge]! /= Math.sqrt(degrees[from[edge]!]! * degrees[to[edge]!]!);
  }
}

/** Fixed-point iteration F = alpha W F + (1 - alpha) Y, whose error shrinks by alpha a step. Rows of the pictures. */
function propagate(
  { from, to, weights }: Graph,
  images: number,
  classes: number,
  alpha: number,
): Float32Array {
  const steps = alpha === 0 ? 1 : Math.ceil(Math.log(TOLERANCE) / Math.log(alpha));
  let scores = seeds(images, classes, 1 - alpha);
  for (let step = 0; step < steps; step++) {
    const next = seeds(images, classes, 1 - alpha);
    for (let edge = 0; edge < weights.length; edge++) {
      const weight = alpha * weights[edge]!;
      const a = from[edge]! * classes;
      const b = to[edge]! * classes;
      for (let c = 0; c < classes; c++) {
        next[a + c]! += weight * scores[b + c]!;
        next[b + c]! += weight * scores[a + c]!;
      }
    }
    scores = next;
  }
  return Float32Array.from(scores.subarray(0, images * classes));
}

/** Zero for every picture, `value` for each class at itself. */
function seeds(images: number, classes: number, value: number): Float64Array {
  const scores = new Float64Array((images + classes) * classes);
  for (let c = 0; c < classes; c++) scores[(images + c) * classes + c] = value;
  return scores;
}
