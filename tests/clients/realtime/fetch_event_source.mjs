// npm @microsoft/fetch-event-source, which was written for pages: it gets what it asks a page for.
import { createRequire } from 'node:module';
import { note, STREAM, TOKEN } from './notes.mjs';

globalThis.window = globalThis;
globalThis.document = { hidden: false, addEventListener() {}, removeEventListener() {} };
const { fetchEventSource } = createRequire(import.meta.url)('@microsoft/fetch-event-source');

await fetchEventSource(STREAM, {
  headers: { Authorization: `Bearer ${TOKEN}` },
  onmessage: ({ event, data, id, retry }) => note({ type: event, data, id, retry }),
  // It takes an end for the end: to come back one has to say that it is none.
  onclose() {
    throw new Error('the server closed the stream');
  },
});
