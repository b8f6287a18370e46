import { type ComponentType, lazy, type MouseEvent, Suspense, useEffect } from "react";
import { KeyForm } from "./parts/key-form.js";
import { Loading } from "./parts/loading.js";
import { addressOf, goTo, useRoute, VIEWS, type ViewName } from "./route.js";
import { useConnection } from "./server/server.js";
import { useAnswer } from "./server/use-answer.js";
import { text } from "./text/en.js";

const COMPONENTS: Readonly<Record<ViewName, ComponentType>> = {
  classify: lazy(() => import("./views/classify/classify.js")),
  recipe: lazy(() => import("./views/recipe/recipe.js")),
  search: lazy(() => import("./views/search/search.js")),
  collection: lazy(() => import("./views/collection/collection.js")),
  evaluate: lazy(() => import("./views/evaluate/evaluate.js")),
  "label-sets": lazy(() => import("./views/label-sets/label-sets.js")),
  jobs: lazy(() => import("./views/jobs/jobs.js")),
};

/** The frame around every view: where one can go, and what is open. */
export function App() {
  const { view } = useRoute();
  const View = COMPONENTS[view];
  const views = useViews(view);
  useEffect(() => {
    document.title = `${text.views[view]} · nearlabel`;
  }, [view]);
  return (
    <>
      <a className="skip" href="#view">
        {text.skipToView}
      </a>
      <header className="top">
        <a
          className="name"
          href={addressOf("classify")}
          onClick={(event) => follow(event, addressOf("classify"))}
        >
          nearlabel
        </a>
        <nav aria-label={text.viewsOfPage}>
          {views.map((name) => (
            <a
              key={name}
              href={addressOf(name)}
              aria-current={name === view ? "page" : undefined}
              onClick={(event) => follow(event, addressOf(name))}
            >
              {text.views[name]}
            </a>
          ))}
        </nav>
      </header>
      <Away />
      <KeyForm />
      <main id="view" tabIndex={-1}>
        <Suspense fallback={<Loading />}>
          <View />
        </Suspense>
      </main>
    </>
  );
}

/** Jobs are of use to those alone whose server was started with a plan. */
function useViews(open: ViewName): readonly ViewName[] {
  const { value: jobs = [] } = useAnswer("jobs", (client, options) => client.jobs.list(options));
  return VIEWS.filter((name) => name !== "jobs" || open === "jobs" || jobs.length > 0);
}

/** Says that nothing answers, for as long as that is so. */
function Away() {
  const { isAway } = useConnection();
  return (
    <div role="status" className={isAway ? "away" : undefined}>
      {isAway && text.away}
    </div>
  );
}

/** A link that stays on the page, unless it is to open elsewhere. */
function follow(event: MouseEvent, address: string): void {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  goTo(address);
}
