// npm eventsource, with what it delivers as it is.
import { EventSource } from 'eventsource';
import { STREAM } from './notes.mjs';

const source = new EventSource(STREAM);
for (const type of JSON.parse(process.env.TYPES)) {
  source.addEventListener(type, ({ data, lastEventId }) => {
    process.stdout.write(`${JSON.stringify({ type, data, id: lastEventId })}\n`);
    if (type === 'end') source.close();
  });
}
source.onmessage = ({ data }) => { throw new Error(`an event without a name: ${data}`); };
source.onerror = () => { throw new Error('the stream broke'); };
