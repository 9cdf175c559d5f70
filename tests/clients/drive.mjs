// Runs scenarios, one at a time, as lines of JSON on its standard input order them:
// `{client, scenario, server}`. Answers with `{result}` or `{fault}`. In between it asks the
// tests for what a client cannot do: `{visit, callback}` sends a person to a page and is answered
// with where they were sent back to, or with the page where they could not go on; `{advance}` lets
// seconds pass.
import { createInterface } from 'node:readline';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

function tell(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

async function ask(question) {
  tell(question);
  return JSON.parse((await lines.next()).value);
}

async function visit(url, callback) {
  const answer = await ask({ visit: String(url), callback });
  if (typeof answer === 'string') return answer;
  throw Object.assign(new Error(answer.page), { status: answer.status });
}

const tests = {
  visit,
  advance: (seconds) => ask({ advance: seconds }),
};

for (let line = await lines.next(); !line.done; line = await lines.next()) {
  const { client, scenario, server } = JSON.parse(line.value);
  try {
    const scenarios = await import(`./${client}.mjs`);
    tell({ result: await scenarios[scenario](server, tests) });
  } catch (fault) {
    tell({ fault: `${fault.stack}\n${JSON.stringify(fault)}\n${fault.cause?.stack ?? ''}` });
  }
}
