import { useRoute } from "../../route.js";
import { EvaluationList } from "./evaluation-list.js";
import { NewEvaluation } from "./new-evaluation.js";
import { OneEvaluation } from "./one-evaluation.js";
import "./view.css";
import { text } from "../../text/en.js";

/** How well labels, templates and models name the pictures of a labelled data set: one evaluation, or a new one and all before. */
export default function Evaluate() {
  const id = useRoute().parameters.get("evaluation");
  if (id !== null) return <OneEvaluation key={id} id={id} />;
  return (
    <div className="evaluate">
      <h1 className="unseen">{text.views.evaluate}</h1>
      <NewEvaluation />
      <EvaluationList />
    </div>
  );
}
