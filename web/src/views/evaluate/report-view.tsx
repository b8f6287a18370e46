import type { EvaluationReport, EvaluationRequest } from "nearlabel/client";
import { useEffect, useRef } from "react";
import type { ReportData } from "../../../../src/report/data.js";
import styleText from "../../../../src/report/page/page.css?inline";
import { type Choice, type Report, showReport } from "../../../../src/report/page/report.js";
import { setParameters, useRoute } from "../../route.js";
import { useConnection } from "../../server/server.js";
import { PairNote } from "./pair-note.js";

const style = new CSSStyleSheet();
style.replaceSync(styleText);

/** The report as `nearlabel evaluate --report` writes it, in a tree of its own so that its style and the page's stay apart. */
export default function ReportView({
  id,
  request,
  report,
}: {
  id: string;
  request: EvaluationRequest;
  report: EvaluationReport;
}) {
  const place = useRef<HTMLDivElement>(null);
  const shown = useRef<Report>(undefined);
  const { client } = useConnection();
  const choice = choiceIn(useRoute().parameters);
  const key = JSON.stringify(choice);
  useEffect(() => {
    const root = place.current!.shadowRoot ?? place.current!.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [style];
    const main = document.createElement("div");
    main.className = "parts";
    shown.current = showReport(root, report as unknown as ReportData, {
      main,
      start: choice,
      onChoice: takeChoice,
      picturesOf: (run, pair) => client.evaluations.pictures(id, { run, ...pair }),
    });
    return () => {
      shown.current?.close();
      root.replaceChildren();
    };
  }, [id, report, client]);
  useEffect(() => shown.current?.show(choice), [key]);
  const { position, filter } = choice;
  const run = request.runs[position];
  const labels = (report as unknown as ReportData).evaluation.runs[position]?.labels;
  return (
    <>
      <div className="report" ref={place} />
      {filter.pair && run && labels && (
        <PairNote request={request} run={run} labels={labels} pair={filter.pair} />
      )}
    </>
  );
}

function choiceIn(parameters: URLSearchParams): Choice {
  const label = parameters.get("label");
  const predicted = parameters.get("predicted");
  const query = parameters.get("labels") ?? "";
  const position = Number(parameters.get("run") ?? 1) - 1;
  return {
    position,
    filter: label !== null && predicted !== null ? { query, pair: { label, predicted } } : { query },
  };
}

/** A cell or a run is a step that "back" undoes, a letter of the filter is none. */
function takeChoice({ position, filter: { query, pair } }: Choice): void {
  const now = new URLSearchParams(location.search);
  const isStep =
    (now.get("run") ?? "1") !== String(position + 1) ||
    (now.get("label") ?? undefined) !== pair?.label ||
    (now.get("predicted") ?? undefined) !== pair?.predicted;
  setParameters(
    {
      run: position === 0 ? undefined : String(position + 1),
      labels: query,
      label: pair?.label,
      predicted: pair?.predicted,
    },
    { replace: !isStep },
  );
}
