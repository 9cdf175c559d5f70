// npm eventsource: it reconnects by itself, with Last-Event-ID, after as long as `retry` says.
import { EventSource } from 'eventsource';
import { note, STREAM, TOKEN, TYPES } from './notes.mjs';

const source = new EventSource(STREAM, {
  fetch: (input, init) =>
    fetch(input, { ...init, headers: { ...init.headers, Authorization: `Bearer ${TOKEN}` } }),
});
for (const type of TYPES) {
  source.addEventListener(type, ({ data, lastEventId }) => note({ type, data, id: lastEventId }));
}
// While it waits to reconnect it does not keep Node alive; a real program has more to do.
setInterval(() => {}, 1000);
