// Node's own http module: a frame is encoded once, and written to each response.

import http from 'node:http';

const ID = 'A'.repeat(48);
const open = new Set();

http.createServer((request, response) => {
  if (request.method === 'GET') {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('event: heartbeat\ndata: 0\n\n');
    open.add(response);
    request.on('close', () => open.delete(response));
    return;
  }
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const frame = Buffer.from(
      `event: message-update\nid: ${ID}\ndata: ${Buffer.concat(parts)}\n\n`);
    for (const each of open) each.write(frame);
    response.writeHead(202).end();
  });
}).listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 4096 });
