import type { Table } from "nearlabel/client";
import type { MouseEvent } from "react";
import { useLabels } from "../../chosen/labels.js";
import { setParameters, useRoute } from "../../route.js";
import { TableChoice, TableFrame } from "../../tables/table-frame.js";
import { useGivenLabels } from "../../tables/use-given-labels.js";
import { text } from "../../text/en.js";
import { DuplicateGroups } from "./duplicate-groups.js";
import { Labelling } from "./labelling.js";
import { Review } from "./review.js";
import { SuspectList } from "./suspect-list.js";
import "./collection.css";

const STEPS = ["labels", "review", "suspects", "duplicates"] as const;
type Step = (typeof STEPS)[number];

/** Labels for all pictures of a table, and what may be wrong with them. */
export default function Collection() {
  return (
    <>
      <h1>{text.views.collection}</h1>
      <TableFrame>{(table) => <TableCollection key={table.name} table={table} />}</TableFrame>
    </>
  );
}

function TableCollection({ table }: { table: Table }) {
  const { parameters } = useRoute();
  const wanted = parameters.get("show");
  const step = STEPS.find((each) => each === wanted) ?? "labels";
  const labels = useLabels();
  const given = useGivenLabels(table.name);
  const shared = { table: table.name, labels, given };
  return (
    <>
      <div className="collection-head">
        <Steps step={step} />
        <TableChoice />
      </div>
      {step === "labels" && <Labelling {...shared} />}
      {step === "review" && <Review {...shared} />}
      {step === "suspects" && <SuspectList table={table.name} given={given} />}
      {step === "duplicates" && <DuplicateGroups table={table.name} />}
    </>
  );
}

function Steps({ step }: { step: Step }) {
  const follow = (event: MouseEvent, show: Step) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    setParameters({ show: show === "labels" ? undefined : show });
  };
  return (
    <nav className="steps" aria-label={text.collection.steps}>
      {STEPS.map((each) => (
        <a
          key={each}
          href={`?show=${each}`}
          aria-current={each === step ? "step" : undefined}
          onClick={(event) => follow(event, each)}
        >
          {text.collection.stepNames[each]}
        </a>
      ))}
    </nav>
  );
}
