import type { ErrorCode } from "../errors.js";

/**
 * What `nearlabel evaluate --json` writes: how well one or more runs (a model, a label set, templates, a method) name the
 * pictures of one data set. Shares, scores and probabilities are 0 to 1. `docs/evaluation.md` describes each field.
 */
export interface Evaluation {
  /** Version of this form; raised when a field changes its meaning or goes away. */
  readonly format: 2;
  /** What made it. */
  readonly program: Program;
  /** When it ended: ISO 8601, UTC. */
  readonly created: string;
  readonly dataset: EvaluatedDataset;
  /** Seed of everything drawn: samples, splits, bootstrap. */
  readonly seed: number;
  /** Pictures that could not be read or encoded. They count in no metric. */
  readonly failures: readonly Failure[];
  /** The columns that are compared; the first is what the others are compared with. */
  readonly runs: readonly EvaluationRun[];
  /** Each other run against the first. */
  readonly comparisons: readonly Comparison[];
}

/** The program that evaluated, and how it was asked to. */
export interface Program {
  /** Of nearlabel. */
  readonly version: string;
  /** The command line, where there was one, quoted as a shell takes it. */
  readonly command?: string;
}

/** The data set, and how many of its pictures count. */
export interface EvaluatedDataset {
  readonly name: string;
  /** Labels that the pictures have, in the data set's own order. */
  readonly labels: readonly string[];
  /** Pictures with a label and an embedding: what the metrics are over. */
  readonly pictures: number;
  /** Pictures without a label, which count in no metric. */
  readonly unlabelled: number;
  /** Pictures whose label is in no label set that is compared; left out, or unknown ones. 0 where that is an error. */
  readonly others: number;
  /** Pictures that the class embeddings of a run were fitted on, such as the examples of an index. They are left out. */
  readonly fittedOn: number;
}

/** A picture that has no embedding, and why. */
export interface Failure {
  readonly id: string | number;
  readonly error: { readonly code: ErrorCode; readonly message: string };
}

/** An estimate with its 95 % confidence interval. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** How the interval was made: Wilson's for shares of pictures, the percentile bootstrap for the rest. */
  readonly interval: "wilson" | "bootstrap";
}

/** One column: what was run, and how well it named the pictures. */
export interface EvaluationRun {
  /** Tells the runs apart in tables: `mini, 3 templates`. */
  readonly name: string;
  readonly model: { readonly id: string; readonly fingerprint: string; readonly dimension: number };
  readonly templates: readonly string[];
  /** `cosine`, or `original`: the tutorial's arithmetic (column-normalised labels, raw images, L2). */
  readonly method: "cosine" | "original";
  /** The labels to choose from, in the order of `confusion`. */
  readonly labels: readonly string[];
  readonly logitScale: number;
  /** What logits were divided by, where it was fitted. */
  readonly temperature?: number;
  readonly metrics: Metrics;
  /** In the order of `labels`. */
  readonly perClass: readonly ClassMetrics[];
  /** Entries of the confusion matrix that are not zero: [index of the true label, index of the predicted one, pictures]. */
  readonly confusion: readonly (readonly [number, number, number])[];
  /** Order of `labels` that puts classes beside those they are confused with; indexes. */
  readonly clusterOrder: readonly number[];
  /** Most confused first. */
  readonly confusedPairs: readonly ConfusedPair[];
  /** Equal-width bins of the score of the first prediction, lowest first, empty ones too. */
  readonly reliability: readonly ReliabilityBin[];
  /** Points of the risk-coverage curve, from little coverage to all; at most 200. */
  readonly riskCoverage: readonly RiskCoveragePoint[];
  /** Wrong predictions with the highest scores, highest first. */
  readonly worstMistakes: readonly Mistake[];
  /** Class embeddings projected on their two principal components, in the order of `labels`. */
  readonly labelMap: readonly { readonly x: number; readonly y: number }[];
  /** Where labels have parents. */
  readonly hierarchy?: HierarchyMetrics;
  /** Where pictures of other labels were taken for unknown ones. They count in no other metric. */
  readonly unknown?: UnknownMetrics;
}

/** Figures over all pictures of the data set that count; or differences of them. */
export interface Metrics {
  readonly "acc@1": Estimate;
  readonly "acc@5": Estimate;
  readonly meanPerClassRecall: Estimate;
  /** Mean over classes of the average precision of a class's scores against all pictures. */
  readonly meanAveragePrecision: Estimate;
  /** Expected calibration error, 15 bins. */
  readonly ece: Estimate;
  /** Mean squared distance of the scores from the truth, over all classes: 0 to 2. */
  readonly brier: Estimate;
  /** Mean negative log of the true label's score, in nats. */
  readonly nll: Estimate;
  /** Area under the risk-coverage curve. */
  readonly aurc: Estimate;
}

/** How well one label is named. Shares are 0 to 1. */
export interface ClassMetrics {
  /** Pictures that have this label. */
  readonly pictures: number;
  /** Pictures that were given this label. */
  readonly predicted: number;
  /** 0 where the label was never predicted, as scikit-learn's zero_division=0. */
  readonly precision: number;
  /** 0 where no picture has the label. */
  readonly recall: number;
  readonly f1: number;
}

/** A label and one that its pictures are taken for. */
export interface ConfusedPair {
  readonly label: string;
  readonly predicted: string;
  readonly pictures: number;
  /** Of the pictures with `label`. */
  readonly share: number;
  /** Up to four of the pictures. */
  readonly examples: readonly (string | number)[];
}

/** Pictures whose first prediction has a score above `from`, up to `to`. */
export interface ReliabilityBin {
  readonly from: number;
  readonly to: number;
  readonly pictures: number;
  /** Mean score of the first prediction; 0 in an empty bin. */
  readonly confidence: number;
  /** Share of right first predictions; 0 in an empty bin. */
  readonly accuracy: number;
}

/** What comes of answering only where the score is high enough. All are 0 to 1. */
export interface RiskCoveragePoint {
  /** Share of pictures that are answered, those with the highest scores. */
  readonly coverage: number;
  /** Share of wrong ones among them. */
  readonly risk: number;
  /** The lowest score among them. */
  readonly threshold: number;
}

/** A wrong first prediction. Scores are 0 to 1. */
export interface Mistake {
  readonly id: string | number;
  readonly label: string;
  readonly predicted: string;
  readonly score: number;
  /** Score of the true label. */
  readonly labelScore: number;
  /** Rank of the true label, from 1. */
  readonly labelRank: number;
}

/** How well the parents of the labels are named. */
export interface HierarchyMetrics {
  readonly parents: readonly string[];
  /** The parent of the first prediction is the parent of the true label. */
  readonly rolledUp: Estimate;
  /** The parent with the largest sum of its labels' scores is the parent of the true label. */
  readonly summedScores: Estimate;
  /** acc@1 where the label is chosen within the parent of `summedScores`. */
  readonly topDown: Estimate;
}

/** How well pictures of the labels are told from pictures of none. */
export interface UnknownMetrics {
  /** Pictures of none of the labels. */
  readonly pictures: number;
  readonly methods: readonly {
    readonly method: "mcm" | "energy" | "similarity";
    /** Chance that a known picture has a higher value than an unknown one. */
    readonly auroc: Estimate;
    /** Share of unknown pictures that pass where 95 % of the known ones do. */
    readonly fpr95: Estimate;
    /** What thresholds cost: a picture passes whose value is `threshold` or more. */
    readonly thresholds: readonly {
      /** Share of the unknown pictures that may pass; `threshold` is the lowest by which no more of them do. */
      readonly passing: number;
      readonly threshold: number;
      /** Share of the known pictures that pass. */
      readonly kept: Estimate;
    }[];
  }[];
}

/** Two runs on the same pictures. */
export interface Comparison {
  /** Positions in `runs`. */
  readonly first: number;
  readonly second: number;
  /** Pictures that only one of the two named right, and both, and none. */
  readonly onlyFirst: number;
  readonly onlySecond: number;
  readonly both: number;
  readonly neither: number;
  /** Each metric of the second less that of the first, with the interval of the difference on the same pictures. */
  readonly differences: Metrics;
  /** Two-sided p-value of McNemar's exact test, which is about acc@1. */
  readonly pValue: number;
  /** Pictures on which the two differ in being right, up to 100. */
  readonly differing: readonly Difference[];
}

/** A picture that only one of two runs named right. */
export interface Difference {
  readonly id: string | number;
  readonly label: string;
  /** What each of the two predicted. */
  readonly first: string;
  readonly second: string;
}
