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
  findVirtualInterviewEvents(first: 5, input: {}) {
    totalCount
    events { id title status startTime timezone }
    pageInfo { endCursor hasNextPage }
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

async function run() {
  const written = at("variables").value.trim();
  let variables = null;
  try {
    variables = written ? JSON.parse(written) : null;
  } catch (error) {
    say(`Variables: ${error.message}`, true);
    return;
  }
  at("run").disabled = true;
  say("…");
  const begun = performance.now();
  try {
    const response = await send({ query: at("query").value, variables });
    const answer = await response.json();
    const took = Math.round(performance.now() - begun);
    const errors = answer.errors?.length ?? 0;
    at("answer").textContent = JSON.stringify(answer, null, 2);
    say(`${response.status} · ${took} ms${errors ? ` · ${errors} error(s)` : ""}`, errors > 0);
  } catch (error) {
    say(`No answer: ${error.message}`, true);
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

function member(field, parent) {
  const row = make("div", "", parent, "member");
  row.append(field.name);
  if (field.args?.length) {
    row.append("(");
    field.args.forEach((arg, index) => {
      if (index) row.append(", ");
      row.append(`${arg.name}: `);
      link(arg.type, row);
      if (arg.defaultValue !== null) row.append(` = ${arg.defaultValue}`);
    });
    row.append(")");
  }
  if (field.type) {
    row.append(": ");
    link(field.type, row);
    if (field.defaultValue) row.append(` = ${field.defaultValue}`);
  }
  if (field.description) make("p", field.description, row);
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
  make("p", type.description || type.kind.toLowerCase().replace("_", " "), docs);
  for (const field of type.fields ?? type.inputFields ?? type.enumValues ?? []) {
    member(field, docs);
  }
}

function open(name) {
  trail.push(name);
  show(name);
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
    }
  });
}
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run();
});
at("run").addEventListener("click", run);
at("search").addEventListener("input", () => find(at("search").value.trim()));
at("back").addEventListener("click", () => {
  trail.pop();
  at("search").value = "";
  show(trail.at(-1));
});
loadSchema().catch((error) => make("p", `No schema: ${error.message}`, at("docs")));
