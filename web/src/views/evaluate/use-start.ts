import type { EvaluationRequest } from "nearlabel/client";
import { useState } from "react";
import { addressOf, goTo } from "../../route.js";
import { noticeFailure, useConnection } from "../../server/server.js";

/** Starts an evaluation, and goes to it. */
export function useStart() {
  const { client } = useConnection();
  const [state, setState] = useState<{ isStarting: boolean; error?: unknown }>({ isStarting: false });
  const start = (request: EvaluationRequest) => {
    setState({ isStarting: true });
    client.evaluations.start(request).then(
      ({ id }) => {
        setState({ isStarting: false });
        goTo(addressOf("evaluate", { evaluation: id }));
      },
      (error: unknown) => {
        noticeFailure(error);
        setState({ isStarting: false, error });
      },
    );
  };
  return { start, ...state };
}
