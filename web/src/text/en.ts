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
    jobs: "Jobs",
  },
  chips: {
    all: (more: number) => `Show ${more} more`,
    add: (list: string) => `Add to ${list.toLowerCase()}`,
    remove: (item: string) => `Remove ${item}`,
    twice: (items: readonly string[]) =>
      items.length === 1 ? `${items[0]} is there already.` : `${items.length} of them are there already.`,
  },
  model: { title: "Model", numbers: (count: number) => `${count} numbers` },
  pictures: {
    title: "Pictures",
    choose: "Choose pictures",
    chooseOne: "Choose a picture",
    camera: "Camera",
    cameraSees: "What the camera sees",
    cameraFile: "camera.png",
    take: "Take the picture",
    closeCamera: "Close the camera",
    noCamera: "There is no camera, or the page may not use it. The browser asks at the left of the address.",
    orDrop: "Or drop them anywhere on the page, or paste one. They go to this server, and nowhere else.",
    onlyAddress:
      "The other window gave an address and not the picture. Copy the picture there, and paste it here.",
    samples: "Samples, drawn for nearlabel",
    missing: (count: number) =>
      count === 1
        ? "One picture of this address is not in this browser."
        : `${count} pictures of this address are not in this browser.`,
  },
  labels: {
    title: "Labels",
    count: (count: number) => (count === 1 ? "1 label" : `${count} labels`),
    placeholder: "Type a label, or paste a list",
    set: "Start from a set",
    noSet: "None: only what is typed",
    lists: "Come with nearlabel",
    saved: "Saved on this server",
    listNames: {
      labels: "The samples (24 labels)",
      "cifar-100": "CIFAR-100 (100 labels)",
      "everyday-words": "Everyday words (1,223 labels)",
    },
    setName: (name: string, version: number, count: number) =>
      `${name}, version ${version} (${count} labels)`,
  },
  templates: {
    title: (count: number) => (count === 1 ? "Template" : `${count} templates`),
    label: "Templates, one a line",
    note: "The class name goes where {} is. Of several templates the mean counts.",
    problem: "Each line needs exactly one {} for the class name.",
  },
  classify: {
    allPictures: "All pictures, each with its nearest label",
    remove: (name: string) => `Remove ${name}`,
    removeThis: "Remove",
    howItWorks: "How it works, with this picture",
    unreadable: "Cannot be read",
    unknown: "None of these",
    nearest: (label: string) => `nearest is ${label}`,
    noLabels: "Type labels, or choose a set. The picture is compared with each as you type.",
    emptyTitle: "What does a picture show?",
    empty:
      "Give the page a picture, and words for what it may show. No training: the words may be any, and the answer follows while you type.",
    trySamples: "Try it with six samples",
    gap: (label: string, gap: string, similarity: string) =>
      `Next is ${label}, with a similarity of ${similarity}. It would need ${gap} more to be the first.`,
    knownness: (value: string, threshold: string) =>
      `Against unknown pictures: ${value}, and known from ${threshold} up.`,
    multiLabelMeans:
      "Each label is scored on its own, against the mean of all. Scores do not add up to 100 %.",
    oneLabel: "With one label the score is always 100 %. Type another for it to compete with.",
    table: {
      caption: "Labels, nearest first",
      label: "Label",
      score: "Score",
      scoreNote: "Share of the softmax over all labels. It depends on which labels there are.",
      similarity: "Similarity",
      similarityNote: "Cosine between picture and label, -1 to 1. It depends on nothing else.",
      logit: "Logit",
      logitNote: "Scale of the model times similarity",
      behind: "Behind",
      behindNote: "Similarity that the label would need to be the first",
      typing: "being typed",
      all: (count: number) => `Show all ${count} labels`,
      fewer: "Show fewer",
    },
    scoring: {
      title: "Scores",
      temperature: "Temperature",
      temperatureNote:
        "Logits are divided by it: above 1 scores are less sure, below 1 surer. The order stays.",
      multiLabel: "Several labels may be right",
      multiLabelNote: "Scores each label on its own.",
      unknown: "None of these",
      unknownMethods: {
        off: "Off: one of the labels is right",
        similarity: "By similarity",
        mcm: "By the largest softmax of similarities",
        "negative-labels": "Against 245 other words",
      },
      unknownNotes: {
        off: "The nearest label always wins, however far it is.",
        similarity: "Unknown where even the nearest label is less similar than this.",
        mcm: "Unknown where no label stands out. Always small, as similarities are alike.",
        "negative-labels": "Unknown where other words are nearer than the labels. Tells most.",
      },
      threshold: "Unknown below",
    },
  },
  recipe: {
    title: "How it works",
    lead: "A model that was trained on many pictures with their captions turns a text into a vector, and a picture too. Where both mean the same, the vectors point the same way. That is all: nothing is trained here. These are the steps with their own numbers; press a number to see where it comes from.",
    chooseOwn: "This is an example. Choose your own picture and labels",
    chooseOther: "Choose another picture or other labels",
    contents: "Steps",
    close: "Close",
    goTo: (name: string) => `Go to: ${name}`,
    chooseLabel: "Choose a label to follow it through the steps.",
    tokensOf: (prompt: string) => `Tokens of "${prompt}"`,
    padding: (length: number, part: string, id: number, most: number) =>
      `Shorter prompts are filled up to ${length} tokens with ${part} (${id}). The model reads ${most} at most.`,
    tokenTitle: (id: number) => `Token ${id}`,
    tokenOrigin: (part: string, id: number) =>
      `"${part}" is entry ${id} of the vocabulary that came with the model. The text tower starts from row ${id} of its table.`,
    numberOf: (at: number, value: string) => `number ${at}: ${value}`,
    numberTitle: (at: number, name: string) => `Number ${at} of the vector of ${name}`,
    thePicture: "the picture",
    vectorOf: (name: string) => `Vector of ${name}`,
    strips: (dimension: number) =>
      `${dimension} numbers each: blue above 0, orange below, the fuller the farther from 0. Drag, or use the arrow keys, to read one.`,
    fromTower: (value: string) => `The image tower gave ${value}. Divided by the length of its vector:`,
    unitLength: "So every vector has the length 1, and only its direction counts.",
    towerOverLength: "What the text tower gave, divided by the length of its vector:",
    andMore: (count: number) => `and ${count} more`,
    meanOf: (count: number, value: string) =>
      `The mean of ${count} prompts, brought to length 1 again: ${value}`,
    moreRows: (count: number) => `and ${count} more rows`,
    stage: {
      file: (width: number, height: number) => `The file: ${width} × ${height} pixels`,
      resized: (width: number, height: number) => `Resized to ${width} × ${height}`,
      cropped: (width: number, height: number) => `Cropped to ${width} × ${height}`,
      normalised: "Normalised: what the tower takes",
      tooLarge: "Too large to be shown here",
    },
    zoom: "Zoom",
    pixel: (x: number, y: number) => `Pixel ${x}, ${y}, from level to number`,
    pixelTitle: (channel: string, x: number, y: number) => `The ${channel} of pixel ${x}, ${y}`,
    pixelView: (name: string) => `${name}. Arrow keys move the marked pixel.`,
    pixelsNote:
      "Click a picture, or use the arrow keys on it, to move the marked pixel. The white frame is what the crop keeps.",
    channels: { red: "red", green: "green", blue: "blue" },
    level: (level: number) => `The level is ${level} of 255. Rescaled, less the mean, over the deviation:`,
    label: "Label",
    similarity: "Similarity",
    distance: "Distance",
    logit: "Logit",
    score: "Score",
    similarityTitle: (label: string) => `Similarity of the picture to ${label}`,
    sumOfProducts: (count: number) =>
      `The sum of ${count} products, one for each number of the two vectors. The largest:`,
    product: (at: number, a: string, b: string, product: string) => `number ${at}: ${a} × ${b} = ${product}`,
    others: (count: number, rest: string, sum: string) =>
      `the other ${count} together: ${rest}. In all: ${sum}`,
    behind: (label: string, place: number, first: string) =>
      `“${label}” is at place ${place}. Its similarity is less than that of “${first}” by`,
    gapTitle: (first: string, other: string) => `How far ${other} is behind ${first}`,
    behindMost: (numbers: readonly string[]) =>
      `More than any others, these add to that: ${numbers.join("; ")}.`,
    distanceTitle: (label: string) => `Distance of the picture to ${label}`,
    lancedb: "As LanceDB gives it, in single precision. The nearest label has the smallest.",
    scale: "Scale",
    scaleNote: (own: string) =>
      `The model was trained with ${own}. More makes it surer, less makes all alike; the order stays.`,
    ownScale: "Back to the model's own",
    logitTitle: (label: string) => `Logit of ${label}: scale × similarity + bias`,
    scoreTitle: (label: string) => `Score of ${label}`,
    softmax: (count: number) => `Softmax: its share of the exponentials of all ${count} logits`,
    sigmoid: "Sigmoid: each label on its own",
    mapNeeds: "A map needs three labels at least.",
    mapOf: (label: string) => `Map of the nearest labels. The picture lies nearest to ${label}.`,
    mapNote: (count: number) =>
      `The ${count} nearest labels: their vectors' first two principal components, so near on the map is roughly near in all dimensions. The picture lies at the mean of the labels, weighted by its scores.`,
    steps: {
      prompts: {
        title: "Names become sentences",
        what: "The model has read captions, and captions are sentences. So each class name is put into a template.",
      },
      tokens: {
        title: "Sentences become tokens",
        what: "A text is cut into pieces that the model knows, each with its place in the vocabulary. Rare words take several.",
      },
      "text-vectors": {
        title: "Tokens become a vector",
        what: "The text tower makes one vector of each sentence. A label of several templates has the mean of its sentences.",
      },
      table: {
        title: "Vectors go into a table",
        what: "LanceDB keeps them, one row a label. It is searched by vector, and need not be made again for the next picture.",
      },
      pixels: {
        title: "The picture becomes numbers",
        what: "Resized, cropped to the square that the model was trained with, and each level brought to about -2 to 2.",
      },
      "picture-vector": {
        title: "Numbers become a vector",
        what: "The image tower makes one vector of the picture, in the same space as those of the labels.",
      },
      distances: {
        title: "Which label is nearest?",
        what: "The cosine of the angle between the two vectors, or 1 less that, which is the distance that the table is searched by.",
      },
      scores: {
        title: "Distances become scores",
        what: "Similarities are much alike, so they are multiplied by a scale that the model learnt. The softmax makes shares of them that add up to 1.",
      },
      map: {
        title: "The labels on a map",
        what: "Labels that mean alike lie together. Those near the picture pull at it by their scores.",
      },
      "as-published": {
        title: "As first published",
        what: "The tutorial that nearlabel grew from computed something else. It mostly finds the same label, for a reason that is worth seeing.",
      },
    },
    tutorial: {
      show: "Show the tutorial's arithmetic on this picture",
      alike: (distances: readonly string[], square: string, shares: readonly string[]) =>
        `All distances lie from ${distances.join(" to ")}. Each holds the picture's squared length, ${square}, the same for every label: ${shares.join(" to ")} % of what is compared tells nothing. The more labels there are, the more alike they get.`,
      distance: "Squared distance",
      parts: "The same for all, and the rest",
      hereRank: "Place by cosine",
      distanceTitle: (label: string) => `Distance to ${label}, as published`,
      formula: "picture's square + label's square - 2 × their product",
      mistakes:
        "Three things differ: labels are divided by the norms of the columns, not of their own rows; the picture is not brought to length 1; and the distance is squared L2. So labels with long vectors lose, whatever the picture shows.",
      cost: "What it costs, on the 10,000 test pictures of CIFAR-100 with the built-in model: 42.67 % right in place of 44.41 %.",
    },
  },
  labelSets: {
    newSet: "New set",
    noneTitle: "No label sets yet",
    chooseTitle: "Choose a set",
    none: "A label set is a list of labels with a name, kept by the server with all its versions. Programs ask for it by that name.",
    version: (version: number) => `version ${version}`,
    name: "Name",
    nameRule: "Small letters, digits, dots, _ and -, such as animals or shop-2026.",
    taken: "There is a set of that name. Open it in the list.",
    startFrom: "Start from",
    empty: "Nothing",
    orFile: "Or from a file",
    fileNote: "Text with one label a line, CSV with label, class_name, prompts, parent, or JSON.",
    fileProblem: (message: string) => `The file cannot be read as labels. ${message}`,
    start: "Start",
    cancel: "Cancel",
    notSaved: "not saved yet",
    changed: "changed since",
    save: (version: number) => `Save as version ${version}`,
    undo: "Undo",
    editThis: "Go on from this version",
    classifyWith: "Classify with it",
    exportJson: "Export JSON",
    exportCsv: "Export CSV",
    delete: "Delete",
    confirmDelete: (name: string) =>
      `Delete the label set "${name}"? Its versions stay readable by their number.`,
    shownVersion: "Shown",
    compareWith: "Compare with",
    newest: "The newest",
    nothing: "Nothing",
    versionOf: (version: number, day: string, count: number) => `Version ${version}, ${day}, ${count} labels`,
    comparedWith: (version: number) => `Compared with version ${version}`,
    same: "The same.",
    added: (count: number) => `${count} that it has not`,
    removed: (count: number) => `${count} that only it has`,
    otherwise: (count: number) => `${count} with another class name, parent or other prompts`,
    chooseLabel: "Choose a label to change it.",
    noLabels: "No labels yet. Add some above.",
    addLabels: "Add labels",
    addNote: "Enter adds. A pasted list may have commas or line breaks.",
    label: "Label",
    nameEmpty: "A label needs a name.",
    labelTaken: "Another label has that name.",
    className: "Class name",
    classNameNote: "The words that go into templates, where they differ from the label.",
    parent: "Is a kind of",
    parentNote: "The label of a broader class, or a name for one.",
    parentLoop: "That is below this label itself.",
    prompts: "Prompts of its own",
    promptsNote: "Whole sentences in place of the templates, with | between.",
    apply: "Apply",
    removeLabel: "Remove",
    confusions: "Which labels will be confused",
    confusionsNote:
      "The pairs that mean most alike to the model, by the cosine of their vectors. Other class names or prompts take them apart.",
    sameMeaning: "means the same",
    onlyFirst: (count: number) => `Only the first ${count} labels were compared.`,
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
  tables: {
    table: "Table",
    named: (name: string, count: number) => `${name} (${number(count)} pictures)`,
    none: "This server has no table of pictures",
    howToMake:
      "A table holds the embeddings of a folder of pictures. Make one, and start the server with it:",
    commands: "nearlabel ingest photos/ --table photos.db\nnearlabel serve --table photos.db",
  },
  selection: {
    title: "Selection",
    count: (count: number) => `${counted(count, "picture")} selected`,
    done: (count: number, label: string | null) =>
      label === null
        ? `${counted(count, "picture")}: label taken away`
        : `${counted(count, "picture")} labelled “${label}”`,
    label: "Label",
    give: "Label them",
    undo: "Undo",
    similar: "Find similar",
    csv: "Export CSV",
    jsonl: "Export JSONL",
    clear: "Clear",
    all: (count: number) => `Select ${count === 1 ? "it" : count === 2 ? "both" : `all ${number(count)}`}`,
  },
  search: {
    query: "Query",
    words: "What pictures show",
    wordsNote: "Enter keeps the words and takes more. Begin with − for what pictures should not show.",
    placeholder: "a dog on a beach",
    byPicture: "By picture…",
    thisPicture: (name: string) => `picture ${name}`,
    turn: (name: string, minus: boolean) =>
      minus ? `${name} should not be there. Look for it` : `${name} is looked for. Turn to minus`,
    filters: "Filters",
    addFilter: "Add a filter",
    column: "Column",
    comparison: "Comparison",
    comparisons: { ">=": "at least", "<=": "at most", "<": "before", "=": "is" },
    value: "Value",
    sql: "a condition in SQL",
    add: "Add filter",
    found: "Pictures found",
    allPictures: "All pictures",
    numbered: (place: number) => `Picture ${number(place)}`,
    all: (count: number, filtered: boolean) =>
      `${counted(count, "picture")}${filtered ? " that the filters let through" : ""}. Click one for those that look like it; the tick in its corner selects it.`,
    emptyTable: "The table holds no pictures",
    emptyTableNote: "nearlabel ingest puts a folder of pictures in it.",
    noneMeets: "No picture meets the filters",
    noneMeetsNote: "Take one of them away.",
    onlyMinus: "Say what pictures should show, too",
    nearest: (count: number, more: boolean) =>
      `${more ? "More than " : ""}${counted(count, "picture")}, most alike first. Under each its similarity.`,
    relevant: (count: number, more: boolean) =>
      count === 1 && !more
        ? "1 relevant picture. Under it its relevance."
        : `${more ? "More than " : ""}${counted(count, "relevant picture")}, most relevant first. Under each its relevance.`,
    absentShort: "Nothing found.",
    absent: (words: string) => `Nothing here clearly looks like “${words}”`,
    absentNote: (best: number, present: number) =>
      `The nearest picture is ${best.toFixed(1)} standard deviations beyond an average one. In a table of this size ${present.toFixed(1)} would be needed to tell it from chance.`,
    showNearest: "Show the nearest all the same",
    endsHere: "Relevance ends here.",
    endsHidden: "What follows is no more like the query than chance would have it.",
    endsNote: "What follows is no more like the query than chance would have it, nearest first.",
    showBeyond: "Show what lies beyond",
    hideBeyond: "Hide what lies beyond relevance",
    presentBar: (value: number) => `the best needs ${value.toFixed(1)}`,
    leastBar: (value: number) => `relevance ends ${value.toFixed(1)}`,
    curveNote: (count: number) =>
      `Relevance of the nearest ${number(count)} pictures: how many standard deviations each is beyond an average one.`,
    curve: (best: number, present: number, least: number, kept: number) =>
      `Relevance falls from ${best.toFixed(1)}. The best has to reach ${present.toFixed(1)}, the others ${least.toFixed(1)}: ${counted(kept, "picture")} of them do.`,
  },
  collection: {
    steps: "Steps",
    stepNames: {
      labels: "Labels",
      review: "Review the uncertain",
      suspects: "Doubtful labels",
      duplicates: "Duplicates",
    },
    pictures: "Pictures of the table",
    noLabels: "Which labels do the pictures get?",
    noLabelsNote:
      "Type a label: with every letter all pictures of the table are ranked anew. No picture is opened for it.",
    counts: "Pictures by label",
    allLabels: "All",
    number,
    percent,
    given: (label: string) => `${label}, given`,
    order: (label: string | undefined, sure: number, least: number) =>
      label === undefined
        ? `${counted(sure, "picture")}${least > 0 ? ` with a score of at least ${percent(least)}` : ""}, surest first. Under each its label and score.`
        : `${counted(sure, "picture")} ${sure === 1 ? "gets" : "get"} “${label}”${least > 0 ? ` with at least ${percent(least)}` : ""}, surest first.`,
    rest: (label: string | undefined, least: number, count: number) =>
      label === undefined
        ? `Below are ${number(count)} that are less sure than ${percent(least)}.`
        : `Below are the other ${number(count)}, by their similarity to “${label}”.`,
    howSure: "How sure",
    atLeast: (least: number) => (least === 0 ? "any score" : `score of ${percent(least)} at least`),
    coverage: "Coverage",
    accuracy: "Expected accuracy",
    measured: (known: number, learns: boolean) =>
      `Accuracy is measured on the ${counted(known, "picture")} among them that ${known === 1 ? "has" : "have"} a given label.${learns ? " Classes learned from the same pictures, so it is too hopeful." : ""}`,
    byScores:
      "Accuracy is the mean score, which is no promise: give 10 pictures their labels, and it is measured.",
    learn: "Learn from given labels",
    learnNote: "Moves each label towards pictures that were given it, by people or at ingest.",
    gain: (examples: number, before: number, after: number) =>
      `${counted(examples, "example")}. Words alone get ${percent(before)} of them right, and with what the others teach ${percent(after)}. Each is judged by labels that did not learn from it.`,
    tooFew: (examples: number) =>
      examples === 0
        ? "No picture was given one of these labels yet. Review some."
        : `${counted(examples, "example")}, of no label two: too few to tell what they gain.`,
    save: "Save these labels in the table",
    saveName: "Name of the label set",
    saveNote: "Each picture keeps its label, score and this name with its version.",
    saveProblem: "Expected small letters, digits, “.”, “_” and “-”.",
    saveNow: "Save",
    saving: "Saving",
    saved: (labelSet: string, labelled: number, unchanged: number) =>
      `Saved as ${labelSet}: ${counted(labelled, "picture")} labelled${unchanged > 0 ? `, ${number(unchanged)} had their label already` : ""}.`,
    reviewed: (done: number, corrected: number, left: number) =>
      `${number(done)} reviewed, ${number(corrected)} of them corrected. ${number(left)} without a given label left, least sure first.`,
    allReviewed: "Every picture has a given label",
    toReview: "The picture to label",
    whichLabel: "Which label is right?",
    otherLabel: "Another label",
    giveOther: "Label it",
    skipKey: "Skip (S)",
    undoKey: "Undo (U)",
    reviewNote: "Keys 1 to 5 give a label, Enter the first. Labels are stored in the table as given labels.",
  },
  suspects: {
    none: "No label is doubtful",
    noneNote: (pictures: number) => `${counted(pictures, "given label")} looked at.`,
    noneGiven: "No picture was given a label yet",
    noneGivenNote:
      "Labels are given at ingest, by folders, manifests and data sets, or by you: review some, and come back.",
    count: (total: number, pictures: number, judged: number, changed: number) =>
      `${number(total)} of ${counted(pictures, "given label")} are doubtful, most doubtful first. ${number(judged)} judged, ${number(changed)} of them changed.`,
    kinds: {
      "duplicates-differ": "Two pictures that are alike have different labels",
      "train-test": "Two pictures that are alike stand in different splits",
      "wrong-label": "The label seems wrong",
      "two-labels": "Two labels suit",
    },
    given: "Given label",
    suggested: "The model prefers",
    otherGiven: "The other’s label",
    doubt: "Doubt",
    change: (label: string) => `Change to ${label}`,
    keep: (label: string) => `Keep ${label}`,
    note: "C changes the label in the table, K keeps it, U takes the last step back.",
    next: "What comes next",
    allJudged: "All of them are judged",
  },
  duplicates: {
    band: "How alike",
    bands: { same: "The same file", near: "Hardly told apart", similar: "The same scene" },
    bandNotes: {
      same: "Byte for byte.",
      near: "Other sizes or compressions of one picture, and the same file.",
      similar: "Such as the next shot of a series, and all that is more alike.",
    },
    count: (groups: number, pictures: number) =>
      `${counted(groups, "group")} with ${counted(pictures, "picture")} beside those that would be kept. Nothing is deleted here.`,
    none: "No duplicates",
    kept: "Would be kept",
    similarity: (similarity: number, band: string) =>
      band === "same" ? "The same file" : `Similarity ${Math.min(1, similarity).toFixed(3)}`,
    measures: (width: number | null, height: number | null, bytes: number | null) =>
      [
        ...(width === null || height === null ? [] : [`${width} × ${height}`]),
        ...(bytes === null ? [] : [`${number(Math.max(1, Math.round(bytes / 1000)))} kB`]),
      ].join(", "),
    more: (pictures: number) => `and ${counted(pictures, "picture")} more`,
    notDuplicates: "These are no duplicates",
    pages: "Pages",
    before: "Before",
    after: "Next",
    page: (first: number, last: number, total: number) =>
      `${number(first)} to ${number(last)} of ${number(total)} groups`,
  },
  evaluate: {
    fresh: "New evaluation",
    intro:
      "Names every picture of a labelled data set by its nearest label, and counts how often that is right. Of several runs each is compared with the first, on the same pictures.",
    dataset: "Data set",
    datasetNote: (format: string | undefined, size: number | undefined, labels: number | undefined) =>
      [
        format,
        size === undefined ? undefined : counted(size, "picture"),
        labels === undefined ? undefined : counted(labels, "label"),
      ]
        .filter((part) => part !== undefined)
        .join(", "),
    split: "Split",
    usualSplit: "The usual one",
    sample: "Pictures",
    sampleNote: "So many, drawn by chance; always the same ones.",
    sampleProblem: "A whole number above 0, or nothing for all.",
    all: "all",
    run: (number: number) => `Run ${number}`,
    remove: "Remove",
    removeRun: (number: number) => `Remove run ${number}`,
    model: "Model",
    labels: "Labels",
    ownLabels: "Those of the data set",
    typedLabels: "Typed here",
    theLabels: "Labels to choose from",
    noLabels: "none yet",
    alike: (first: string, second: string, similarity: string, share: string) =>
      `To the model, “${first}” and “${second}” have a similarity of ${similarity}: nearer than ${share} of all pairs of these labels. The nearer two labels lie, the more easily their pictures are confused.`,
    otherWords: "Try other words for them, beside this run",
    givenLabels: (count: number) => counted(count, "label"),
    labelSet: (name: string, count: number) => `${name} (${counted(count, "label")})`,
    templates: "Templates, one a line",
    original: "The tutorial's arithmetic",
    originalNote: "As first published, for comparison: How it works shows what it costs.",
    start: (runs: number) => (runs === 1 ? "Evaluate" : `Evaluate ${runs} runs`),
    addRun: "Add a run to compare",
    noDatasets: "This server has no data set to evaluate on",
    noDatasetsNote:
      "Whoever starts the server names labelled data sets: a folder with a folder for each class, Parquet, a list, or tars.",
    before: "Evaluations",
    none: "None yet. They are kept here until they are removed.",
    accuracy: "Under each its runs with acc@1: how often the first prediction is right.",
    named: (dataset: string, runs: number) => `${dataset}, ${counted(runs, "run")}`,
    choose: (dataset: string, when: string) => `Choose ${dataset} of ${when} to compare`,
    compare: "Compare the chosen",
    compareNote:
      "Runs of two or more evaluations of the same pictures, side by side. Embeddings are kept, so it takes seconds.",
    otherPictures: "These are over different pictures, so they cannot be compared.",
    states: {
      waiting: "Waiting for its turn",
      running: "Embedding pictures",
      done: "Done",
      failed: "Failed",
    },
    pictures: (count: number) => counted(count, "picture"),
    percent: (share: number) => `${(100 * share).toFixed(1)} %`,
    done: (done: number, total: number | undefined) =>
      total === undefined ? counted(done, "picture") : `${number(done)} of ${counted(total, "picture")}`,
    progress: (done: number, total: number | undefined, seconds: number) => {
      const rate = seconds > 1 ? done / seconds : 0;
      const parts = [
        total === undefined ? counted(done, "picture") : `${number(done)} of ${counted(total, "picture")}`,
      ];
      if (rate > 0) parts.push(`${number(Math.round(rate))} a second`);
      if (rate > 0 && total !== undefined && total > done) parts.push(`${time((total - done) / rate)} left`);
      return parts.join(", ");
    },
    keepsRunning:
      "It goes on when this page is closed. Cancelling keeps the embeddings, so that the next one is quicker.",
    evaluation: "Evaluation",
    toAll: "← All evaluations",
    cancel: "Cancel",
    removeForever: "Remove for good",
    keep: "Keep",
  },
  jobs: {
    intro:
      "Workers do these plans, on this machine or others. The page only looks: they go on when it is closed.",
    none: "This server was started without a plan",
    noneNote:
      "A plan cuts many pictures into shards, which any number of machines do. Whoever starts the server names the plans whose progress is shown here.",
    about: (task: keyof typeof TASKS, model: string, plan: string) =>
      `${TASKS[task]} with ${model} · plan ${plan.slice(0, 12)}`,
    shards: (done: number, shards: number) => `${number(done)} of ${counted(shards, "shard")}`,
    speed: (rate: number | undefined, seconds: number | undefined) =>
      rate === undefined || seconds === undefined
        ? undefined
        : `${rate < 10 ? rate.toFixed(1) : number(Math.round(rate))} pictures a second, ${time(seconds)} left`,
    state: "State",
    states: {
      waiting: "No shard is done yet",
      underWay: "Under way",
      done: "All done",
      ended: "Ended, with shards set aside",
    },
    embedded: "Pictures embedded",
    of: (done: number, total: number | undefined) =>
      total === undefined ? number(done) : `${number(done)} of ${number(total)}`,
    failed: "Pictures that failed",
    latest: "Last shard ended",
    when: (time: string) =>
      new Date(time).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "medium" }),
    number: (value: number) => number(value),
    failures: "Failed pictures, by kind",
    start: "Starts workers here:",
    commit: "Puts what is done into a table:",
    failuresNote: "They are kept with their reasons. Makes a plan of them:",
    setAside: (count: number) => `${counted(count, "shard")} set aside`,
    shard: (shard: number) => `Shard ${number(shard)}`,
    setAsideNote: (more: number) =>
      `${more > 0 ? `And ${number(more)} more. ` : ""}They would end the same way each time. Tells which file each is about:`,
  },
} as const;

const TASKS = { embed: "Embeds pictures", classify: "Labels pictures", evaluate: "Embeds labelled pictures" };

function percent(share: number): string {
  return `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;
}

function number(value: number): string {
  return value.toLocaleString("en");
}

function counted(count: number, one: string): string {
  return `${number(count)} ${one}${count === 1 ? "" : "s"}`;
}

/** `40 s`, `3 min`, `5 h`, `4 days`. */
function time(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  return seconds < 48 * 3600 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}
