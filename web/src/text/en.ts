/** All English on the page, by where it stands. */
export const text = {
  skipToView: "Skip to the view",
  viewsOfPage: "Views",
  loading: "Loading",
  away: "The server does not answer. The page looks for it and goes on by itself when it is back.",
  views: {
    classify: "Classify",
    recipe: "How it works",
    search: "Search",
    collection: "Label a collection",
    evaluate: "Evaluate",
    "label-sets": "Label sets",
  },
  chips: {
    add: (list: string) => `Add to ${list.toLowerCase()}`,
    remove: (item: string) => `Remove ${item}`,
    twice: (items: readonly string[]) =>
      items.length === 1 ? `${items[0]} is there already.` : `${items.length} of them are there already.`,
  },
  picture: { cannotBeShown: "No preview" },
  error: {
    request: "request",
    again: "Try again",
    key: "API key",
    keyNote: "Kept until this tab is closed. Whoever runs the server makes one with nearlabel keys add.",
    useKey: "Use this key",
  },
  code: {
    title: "The same in code",
    command: "Command",
    typescript: "TypeScript",
    copy: "Copy",
    copied: "Copied",
    copyOf: (name: string) => `Copy the ${name === "Command" ? "command" : name}`,
  },
} as const;
