import type { Learned } from "nearlabel/client";
import { Tick } from "../../parts/field.js";
import { setParameters } from "../../route.js";
import { text } from "../../text/en.js";

/** Whether labels that people gave move the classes, and what that gains. */
export function Learning({ learns, learned }: { learns: boolean; learned: Learned | undefined }) {
  return (
    <section className="learning" aria-label={text.collection.learn}>
      <Tick
        label={text.collection.learn}
        note={text.collection.learnNote}
        checked={learns}
        onChange={(event) => setParameters({ learn: event.target.checked ? "1" : undefined })}
      />
      {learns && learned && (
        <p className="gain" role="status">
          {learned.after === undefined || learned.before === undefined
            ? text.collection.tooFew(learned.examples)
            : text.collection.gain(learned.examples, learned.before, learned.after)}
        </p>
      )}
    </section>
  );
}
