import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const waiting = new WeakMap<Socket, Set<() => void>>();

/**
 * Calls back once, when a response has been sent or can be sent no more. Node.js tells only the response whose
 * turn it is that its connection has ended; those pipelined behind it would never know.
 */
export function whenOver(request: IncomingMessage, response: ServerResponse, callback: () => void): void {
  const { socket } = request;
  const others = waiting.get(socket) ?? watch(socket);
  const end = () => {
    if (others.delete(end)) callback();
  };
  others.add(end);
  response.once('close', end);
}

function watch(socket: Socket): Set<() => void> {
  const ends = new Set<() => void>();
  waiting.set(socket, ends);
  socket.once('close', () => {
    for (const end of ends) end();
  });
  return ends;
}
