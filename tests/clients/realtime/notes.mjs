// Notes down what a client of event streams hears, a line of JSON for each event, as the tests
// read it. Where to listen is told in the environment.
export const { STREAM, TOKEN } = process.env;

export const TYPES = [
  'connection-metadata', 'realtime-connection-config', 'heartbeat', 'message-update', 'reconnect',
];

export function note({ type, data, id, retry }) {
  const read = JSON.parse(data);
  if (type === 'message-update') read.payload = JSON.parse(read.payload);
  process.stdout.write(`${JSON.stringify({ type, data: read, id, retry })}\n`);
}
