/** All English on the page, by where it stands. */
export const text = {
  skipToView: "Skip to the view",
  viewsOfPage: "Views",
  loading: "Loading",
  views: {
    classify: "Classify",
    recipe: "How it works",
    search: "Search",
    collection: "Label a collection",
    evaluate: "Evaluate",
    "label-sets": "Label sets",
  },
} as const;
