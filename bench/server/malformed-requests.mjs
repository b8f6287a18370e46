/**
 * Requests that no client of good will sends, by what is wrong with them. Each function draws one from `{ below, pick, pictures,
 * routes }`: chance, picture files, and the addresses of the server.
 */

/** What stands where something else is expected. */
const values = [
  ...[null, true, -1, 0, 1e308, 1e-320],
  ...["", "a", "\u0000", "\ud800", "x".repeat(5000), "__proto__"],
  ...[[], {}, [[]], [null], { a: 1 }],
];
export const KINDS = {
  formOf,
  pictureBytes,
  brokenPictureInJson,
  wrongTypes,
  deepJson,
  brokenJson,
  strayHeaders,
  rawBytes,
  endsEarly,
  slow,
  queries,
  filters,
};

function broken({ below, pick, pictures }) {
  const bytes = Buffer.from(pick(pictures));
  const how = below(4);
  if (how === 0) return bytes.subarray(0, below(bytes.length));
  if (how === 1)
    for (let flips = 1 + below(20); flips > 0; flips--) bytes[below(bytes.length)] ^= 1 << below(8);
  if (how === 2) bytes.fill(below(256), below(bytes.length));
  return bytes;
}

function formOf(draw) {
  const { below, pick, routes } = draw;
  const boundary = pick(["x", "----abc", "a b", "", "é", "x".repeat(80)]);
  const parts = Array.from({ length: below(4) }, () => {
    const head = pick([
      'form-data; name="image"; filename="a.png"',
      'form-data; name="labels"',
      "form-data",
      'form-data; name="__proto__"',
      'attachment; filename="../../etc/passwd"',
      'form-data; name="topK"',
      'form-data; name="entries"',
    ]);
    const body = pick([
      broken(draw),
      Buffer.from("a,b"),
      Buffer.from('{"clip":{"visual":{"modelName":"x"}}}'),
      Buffer.alloc(0),
    ]);
    return Buffer.concat([
      Buffer.from(
        `--${boundary}\r\nContent-Disposition: ${head}\r\n${pick(["", "Content-Type: image/png\r\n", "broken"])}\r\n`,
      ),
      body,
      Buffer.from("\r\n"),
    ]);
  });
  const body = Buffer.concat([...parts, Buffer.from(pick([`--${boundary}--\r\n`, `--${boundary}`, ""]))]);
  return {
    path: pick(routes),
    headers: { "content-type": `multipart/form-data; boundary=${encodeURI(boundary)}` },
    body,
  };
}

function pictureBytes(draw) {
  const { pick, routes } = draw;
  const type = pick([
    "image/png",
    "image/jpeg",
    "application/octet-stream",
    "image/x",
    "text/plain",
    "image/png; charset=x",
  ]);
  return { path: `${pick(routes)}?labels=a,b`, headers: { "content-type": type }, body: broken(draw) };
}

function brokenPictureInJson(draw) {
  const { below, pick } = draw;
  const data = broken(draw).toString("base64");
  const image = pick([
    data,
    `data:image/png;base64,${data}`,
    `data:image/png,${data}`,
    `data:;base64,${data}`,
    data.slice(0, -1),
    `http://127.0.0.1/${below(9)}`,
  ]);
  return json(
    draw,
    pick([
      { labels: ["a", "b"], images: [image] },
      { labels: ["a"], images: [{ name: "../x", data: image }] },
      { model: "mini", input: image },
      { model: "mini", input: [{ image }] },
      { inputs: image, parameters: { candidate_labels: ["a", "b"] } },
      { table: "none", query: [{ image }] },
    ]),
  );
}

function wrongTypes(draw) {
  const { below, pick, pictures } = draw;
  const fields =
    "labels images topK minScore model templates reject input inputs parameters table query where labelSet temperature encoding_format messages".split(
      " ",
    );
  const body = { labels: ["a", "b"], images: [pick(pictures).toString("base64")] };
  for (let count = 1 + below(4); count > 0; count--) body[pick(fields)] = pick(values);
  return json(draw, body, pick(["POST", "POST", "PUT"]));
}

function deepJson({ pick, routes }) {
  const depth = pick([100, 5000, 100_000]);
  return {
    path: pick(routes),
    headers: { "content-type": "application/json" },
    body: pick([
      `{"labels":${"[".repeat(depth)}${"]".repeat(depth)}}`,
      `{"images":${'{"a":'.repeat(depth)}1${"}".repeat(depth)}}`,
      `[${"0,".repeat(depth)}0]`,
      `{"labels":[${'"a",'.repeat(depth)}"b"],"images":["AAAA"]}`,
    ]),
  };
}

function brokenJson({ pick, routes }) {
  return {
    path: pick(routes),
    headers: { "content-type": "application/json" },
    body: pick([
      "",
      "{",
      "NaN",
      '{"topK":NaN}',
      '{"a":1}}',
      '{"__proto__":{"x":1}}',
      '{"constructor":{"prototype":1}}',
      "\ufeff{}",
      "null",
      "1",
      '"text"',
      Buffer.from([0xff, 0xfe, 0x7b]),
    ]),
  };
}

function strayHeaders({ pick, routes }) {
  const name = pick(
    "accept if-match authorization origin host content-type expect range x-api-key".split(" "),
  );
  return {
    method: pick(["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"]),
    path: pick(routes),
    headers: {
      [name]: pick([
        "",
        "x".repeat(2000),
        "text/event-stream",
        '"9"',
        "Bearer x",
        "null",
        "a, b;q=x",
        "application/x-ndjson",
      ]),
    },
    body: undefined,
  };
}

function rawBytes({ pick }) {
  const head = pick([
    "GET /healthz HTTP/1.1\r\nHost: localhost\r\n",
    "POST /v1/classify HTTP/1.1\r\nHost: localhost\r\n",
    "GET http://x/ HTTP/1.1\r\nHost: localhost\r\n",
    "GET /%ff%c0 HTTP/1.1\r\nHost: localhost\r\n",
    "\u0000\u0001\u0002",
    "POST /v1/classify HTTP/9.9\r\n",
  ]);
  return {
    raw:
      head +
      pick([
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Content-Length: -1\r\n\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n",
        `X: ${"a".repeat(20_000)}\r\n\r\n`,
        "Header without colon\r\n\r\n",
        "X:\u0001\r\n\r\n",
        "\r\n\r\n",
      ]),
  };
}

function endsEarly({ below, pick, pictures, routes }) {
  const body = JSON.stringify({ labels: ["a"], images: [pick(pictures).toString("base64")] });
  return {
    raw: `POST ${pick(routes)} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, below(body.length + 1))}`,
    end: true,
  };
}

/** A body that comes in pieces, with pauses. */
function slow(draw) {
  const { below, pick } = draw;
  const { body, path, headers } = pick([formOf, brokenPictureInJson, wrongTypes])(draw);
  return { path, headers, body: Buffer.from(body), pieces: 2 + below(5) };
}

function queries(draw) {
  const { pick, routes } = draw;
  const query = pick([
    "?where=1=1)",
    "?limit=-1",
    "?limit=1e9",
    "?version=NaN",
    "?labels[]=a",
    "?labels=a&labels=b&topK=zz",
    `?a=${"x".repeat(5000)}`,
    "?%",
    "?__proto__[x]=1",
  ]);
  return {
    method: pick(["GET", "POST"]),
    path: pick(routes) + query,
    headers: { "content-type": "image/png" },
    body: broken(draw),
  };
}

/** Conditions that are none, that fail on some row, or that are deep, long or greedy. */
function filters(draw) {
  const { below, pick } = draw;
  const depth = pick([3, 50, 300, 900]);
  const where = pick([
    `width > ${"1+".repeat(depth)}1`,
    `${"(".repeat(depth)}1=1${")".repeat(depth)}`,
    `${"not ".repeat(depth)}true`,
    `width > ${"cast(".repeat(depth)}1${" as int)".repeat(depth)}`,
    `width > ${pick(["1/0", "width/0", "'a'", "cast(path as int)", "abs(width", "9e999", "-- 1", "/* 1"])}`,
    `length(repeat(path, ${10 ** below(12)})) > 0`,
    `array_length(range(0, ${10 ** below(12)})) > 0`,
    `path = '${"'".repeat(below(5))}' or '1'='1`,
    `regexp_like(path, '${pick(["(", "(a*)*b", "a{1000}{1000}", "\\"])}')`,
    pick([
      "1",
      "null",
      "true",
      "width",
      "exists (select 1)",
      "id in ()",
      "1=1; drop table images",
      ";",
      "\u0000",
    ]),
  ]);
  const path = pick(["images", "label-counts", "ids", "suspects", "duplicates", ""]);
  if (path === "") return json(draw, { query: "a bus", where }, "POST", "/v1/search");
  return { method: "GET", path: `/v1/tables/photos/${path}?where=${encodeURIComponent(where)}` };
}

function json({ pick, routes }, body, method = "POST", path = pick(routes)) {
  return {
    method,
    path,
    headers: {
      "content-type": pick([
        "application/json",
        "application/json; charset=utf-8",
        "application/vnd.x+json",
        "text/json",
      ]),
    },
    body: JSON.stringify(body),
  };
}
