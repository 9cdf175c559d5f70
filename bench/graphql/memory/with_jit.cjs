// npm graphql-jit in memory: the operation compiled once. Run with the folder of its packages.
const { readFileSync } = require("node:fs");
const { createInterface } = require("node:readline");
const { createRequire } = require("node:module");
const { join } = require("node:path");

const [packages, eventsFile] = process.argv.slice(2);
const load = createRequire(join(packages, "package.json"));
const { buildSchema, parse } = load("graphql");
const { compileQuery, isCompiledQuery } = load("graphql-jit");

const read = (name) => readFileSync(join(__dirname, name), "utf-8");
const schema = buildSchema(read("schema.graphql"));
const moment = (key, value) => (/Time$/.test(key) ? new Date(value) : value);
const events = JSON.parse(readFileSync(eventsFile, "utf-8"), moment);
schema.getType("DateTime").serialize = (value) => value.toISOString();
schema.getQueryType().getFields().findEvents.resolve = async (_root, { first }) => ({
  events: events.slice(0, first),
});
const compiled = compileQuery(schema, parse(read("query.graphql")));
if (!isCompiledQuery(compiled)) throw new Error(JSON.stringify(compiled));
const variables = { first: events.length };

async function answer(line) {
  const [what, count] = line.split(" ");
  if (what === "show") {
    return JSON.stringify(await compiled.query(undefined, {}, variables));
  }
  const before = process.cpuUsage();
  for (let done = 0; done < Number(count); done += 1) {
    if (what === "json") JSON.stringify(await compiled.query(undefined, {}, variables));
    else await compiled.query(undefined, {}, variables);
  }
  const { user, system } = process.cpuUsage(before);
  return String((user + system) / 1e6);
}

console.log("ready");
(async () => {
  for await (const line of createInterface({ input: process.stdin })) {
    console.log(await answer(line.trim()));
  }
})();
