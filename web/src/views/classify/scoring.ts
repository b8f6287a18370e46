import { setParameters, useRoute } from "../../route.js";

/** How similarities become scores, and when a picture counts as unknown. */
export interface Scoring {
  readonly temperature: number;
  readonly multiLabel: boolean;
  readonly unknown: UnknownMethod;
  readonly threshold: number;
}

export const UNKNOWN_METHODS = ["off", "similarity", "mcm", "negative-labels"] as const;

export type UnknownMethod = (typeof UNKNOWN_METHODS)[number];

/** Where the threshold of a method starts. */
const FIRST_THRESHOLD: Readonly<Record<UnknownMethod, number>> = {
  off: 0,
  similarity: 0.2,
  mcm: 0.1,
  "negative-labels": 0.5,
};

/** The scoring that the address asks for. */
export function useScoring(): Scoring & { change(part: Partial<Scoring>): void } {
  const { parameters } = useRoute();
  const unknown = UNKNOWN_METHODS.find((name) => name === parameters.get("unknown")) ?? "off";
  return {
    temperature: within(parameters.get("temperature"), 0.05, 20, 1),
    multiLabel: parameters.get("multi") === "1",
    unknown,
    threshold: within(parameters.get("threshold"), -1, 1, FIRST_THRESHOLD[unknown]),
    change({ temperature, multiLabel, unknown: method, threshold }) {
      setParameters(
        {
          ...(temperature !== undefined && { temperature: temperature === 1 ? "" : String(temperature) }),
          ...(multiLabel !== undefined && { multi: multiLabel ? "1" : "" }),
          ...(method !== undefined && { unknown: method === "off" ? "" : method, threshold: "" }),
          ...(threshold !== undefined && { threshold: String(threshold) }),
        },
        { replace: temperature !== undefined || threshold !== undefined },
      );
    },
  };
}

function within(text: string | null, least: number, most: number, other: number): number {
  const value = Number(text || Number.NaN);
  return value >= least && value <= most ? value : other;
}
