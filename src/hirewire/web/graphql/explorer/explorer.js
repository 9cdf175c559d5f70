// The explorer: sends operations to the endpoint that served it, and shows the schema.

const INTROSPECTION = `query Schema {
  __schema {
    queryType { name }
    mutationType { name }
    types {
      kind name description
      fields {
        name description type { ...Type }
        args { name description defaultValue type { ...Type } }
      }
      inputFields { name description defaultValue type { ...Type } }
      enumValues { name description }
    }
  }
}
fragment Type on __Type {
  kind name ofType { kind name ofType { kind name ofType { kind name } } }
}`;

const FIRST_QUERY = `query Find {
  findVirtualInterviewEvents(
    first: 5
    input: {}
  ) {
    totalCount
    events {
      id
      title
      status
      startTime
      timezone
    }
    pageInfo {
      endCursor
      hasNextPage
    }
  }
}
`;

const at = (id) => document.getElementById(id);
const endpoint = location.pathname;
const types = new Map();
const trail = [];
let roots = [];

function make(tag, text, parent, className) {
  const node = document.createElement(tag);
  node.textContent = text;
  if (className) node.className = className;
  parent.append(node);
  return node;
}

async function send(body) {
  const token = at("token").value.trim();
  const headers = { "content-type": "application/json" };
  if (token) headers.authorization = `Bearer ${token}`;
  return fetch(endpoint, { method: "POST", headers, body: JSON.stringify(body) });
}

function say(text, isBad = false) {
  at("status").textContent = text;
  at("status").className = isBad ? "bad" : "";
}

// Splits JSON as `JSON.stringify` writes it; a text followed by a colon is a key.
const JSON_WORD = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d[\d.eE+-]*/g;
const LONGEST_COLOURED = 200_000;

function showJson(value) {
  const answer = at("answer");
  const text = JSON.stringify(value, null, 2);
  answer.replaceChildren();
  if (text.length > LONGEST_COLOURED) {
    answer.textContent = text;
    return;
  }
  let from = 0;
  for (const found of text.matchAll(JSON_WORD)) {
    answer.append(text.slice(from, found.index));
    const kind = found[2] ? "key" : found[1] ? "text" : "number";
    make("span", found[1] ?? found[0], answer, kind);
    answer.append(found[2] ?? "");
    from = found.index + found[0].length;
  }
  answer.append(text.slice(from));
}

function showErrors(errors) {
  const list = at("errors");
  list.replaceChildren();
  list.hidden = !errors.length;
  for (const error of errors) {
    const item = make("li", "", list);
    make("code", error.extensions?.code ?? "ERROR", item);
    const { line, column } = error.locations?.[0] ?? {};
    const place = line ? ` (line ${line}, column ${column})` : "";
    item.append(`${error.message}${place}`);
  }
}

// Of several operations the one is run in which the caret stands.
function chosenOperation() {
  const query = at("query").value;
  const named = [...query.matchAll(/^\s*(?:query|mutation)\s+(\w+)/gm)];
  if (named.length < 2) return null;
  const caret = at("query").selectionStart;
  return (named.findLast((each) => each.index <= caret) ?? named[0])[1];
}

async function run() {
  if (at("run").disabled) return;
  at("hint").hidden = true;
  const written = at("variables").value.trim();
  let variables = null;
  try {
    variables = written ? JSON.parse(written) : null;
  } catch (error) {
    showErrors([{ extensions: { code: "VARIABLES" }, message: `No JSON: ${error.message}` }]);
    at("answer").replaceChildren();
    say("not sent", true);
    return;
  }
  at("run").disabled = true;
  say("…");
  const begun = performance.now();
  try {
    const response = await send({
      query: at("query").value,
      operationName: chosenOperation(),
      variables,
    });
    const answer = await response.json();
    const took = Math.round(performance.now() - begun);
    const errors = answer.errors ?? [];
    showJson(answer);
    showErrors(errors);
    const count = { 0: "", 1: " · 1 error" }[errors.length] ?? ` · ${errors.length} errors`;
    say(`${response.status} · ${took} ms${count}`, errors.length > 0);
  } catch (error) {
    showErrors([{ extensions: { code: "NO ANSWER" }, message: error.message }]);
    at("answer").replaceChildren();
    say("no answer", true);
  } finally {
    at("run").disabled = false;
  }
}

function spell(type) {
  if (type.kind === "NON_NULL") return `${spell(type.ofType)}!`;
  if (type.kind === "LIST") return `[${spell(type.ofType)}]`;
  return type.name;
}

function named(type) {
  return type.ofType ? named(type.ofType) : type.name;
}

function link(type, parent) {
  const button = make("button", spell(type), parent);
  button.type = "button";
  button.addEventListener("click", () => open(named(type)));
}

function describe(text, parent) {
  for (const paragraph of (text ?? "").split(/\n\s*\n/)) {
    if (paragraph) make("p", paragraph.replace(/\s+/g, " "), parent);
  }
}

function member(field, parent) {
  const row = make("div", "", parent, "member");
  make("b", field.name, row);
  if (field.args?.length) {
    row.append("(");
    for (const arg of field.args) {
      const line = make("div", `${arg.name}: `, row, "argument");
      line.title = arg.description ?? "";
      link(arg.type, line);
      if (arg.defaultValue !== null) line.append(` = ${arg.defaultValue}`);
    }
    row.append(")");
  }
  if (field.type) {
    row.append(": ");
    link(field.type, row);
    if (field.defaultValue) row.append(` = ${field.defaultValue}`);
  }
  describe(field.description, row);
}

function show(name) {
  const docs = at("docs");
  docs.replaceChildren();
  at("back").hidden = trail.length < 2;
  if (!name) {
    for (const root of roots) {
      make("h3", root, docs);
      for (const field of types.get(root).fields) member(field, docs);
    }
    return;
  }
  const type = types.get(name);
  make("h2", name, docs);
  describe(type.description || type.kind.toLowerCase().replace("_", " "), docs);
  for (const field of type.fields ?? type.inputFields ?? type.enumValues ?? []) {
    member(field, docs);
  }
}

function open(name) {
  trail.push(name);
  at("search").value = "";
  show(name);
  at("docs").scrollTop = 0;
}

function find(words) {
  if (!words) {
    show(trail.at(-1));
    return;
  }
  const docs = at("docs");
  docs.replaceChildren();
  const wanted = words.toLowerCase();
  for (const type of types.values()) {
    const members = (type.fields ?? type.inputFields ?? type.enumValues ?? []).filter(
      (each) => each.name.toLowerCase().includes(wanted),
    );
    if (!members.length && !type.name.toLowerCase().includes(wanted)) continue;
    const head = make("h2", "", docs);
    link({ kind: type.kind, name: type.name }, head);
    for (const each of members) member(each, docs);
  }
  if (!docs.children.length) make("p", "Nothing of that name.", docs);
}

async function loadSchema() {
  const response = await send({ query: INTROSPECTION });
  const { data } = await response.json();
  at("docs").replaceChildren();
  if (!data) {
    make("p", "The server keeps its schema to itself.", at("docs"));
    return;
  }
  const schema = data.__schema;
  for (const type of schema.types) if (!type.name.startsWith("__")) types.set(type.name, type);
  roots = [schema.queryType, schema.mutationType].filter(Boolean).map((root) => root.name);
  open("");
}

at("query").value = sessionStorage.getItem("query") ?? FIRST_QUERY;
at("variables").value = sessionStorage.getItem("variables") ?? "{}";
at("token").value = sessionStorage.getItem("token") ?? "";
for (const id of ["query", "variables", "token"]) {
  at(id).addEventListener("input", () => sessionStorage.setItem(id, at(id).value));
}
for (const id of ["query", "variables"]) {
  at(id).addEventListener("keydown", (event) => {
    if (event.key === "Tab" && !event.shiftKey && !event.ctrlKey) {
      event.preventDefault();
      at(id).setRangeText("  ", at(id).selectionStart, at(id).selectionEnd, "end");
      at(id).dispatchEvent(new Event("input"));
    }
  });
}
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    run();
  }
});
at("run").addEventListener("click", run);
at("search").addEventListener("input", () => find(at("search").value.trim()));
at("back").addEventListener("click", () => {
  trail.pop();
  at("search").value = "";
  show(trail.at(-1));
});
loadSchema().catch((error) => {
  at("docs").replaceChildren();
  make("p", `No schema: ${error.message}`, at("docs"));
});
