import { Empty } from "../../parts/empty.js";
import { ErrorNote } from "../../parts/error-note.js";
import { Loading } from "../../parts/loading.js";
import { useAnswer } from "../../server/use-answer.js";
import { text } from "../../text/en.js";
import { JobCard } from "./job-card.js";
import "./view.css";

const words = text.jobs;

/** How far the plans are that the server was started with. It only looks: workers do them, wherever they run. */
export default function Jobs() {
  const { value: jobs, error, again } = useAnswer("jobs", (client, options) => client.jobs.list(options));
  return (
    <>
      <h1 className="unseen">{text.views.jobs}</h1>
      <ErrorNote error={jobs ? undefined : error} again={again} />
      {!jobs && error === undefined && <Loading />}
      {jobs?.length === 0 && (
        <Empty title={words.none}>
          <p>{words.noneNote}</p>
          <pre>{"nearlabel jobs plan photos/ --out run/\nnearlabel serve --plan run/"}</pre>
        </Empty>
      )}
      {jobs && jobs.length > 0 && (
        <div className="jobs">
          <p className="muted">{words.intro}</p>
          {jobs.map((job) => (
            <JobCard key={job.name} job={job} />
          ))}
        </div>
      )}
    </>
  );
}
