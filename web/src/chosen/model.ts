import type { Model } from "nearlabel/client";
import { setParameters, useRoute } from "../route.js";
import { useAnswer } from "../server/use-answer.js";

/** The models of the server, and the one that the address names, or the first. */
export interface ChosenModel {
  readonly models: readonly Model[];
  readonly model: Model | undefined;
  readonly error: unknown;
  again(): void;
  choose(id: string): void;
}

export function useModel(): ChosenModel {
  const { parameters } = useRoute();
  const {
    value: models = [],
    error,
    again,
  } = useAnswer("models", (client, options) => client.models(options));
  const wanted = parameters.get("model");
  return {
    models,
    model: models.find(({ id }) => id === wanted) ?? models[0],
    error,
    again,
    choose: (id) => setParameters({ model: id === models[0]?.id ? undefined : id }),
  };
}
