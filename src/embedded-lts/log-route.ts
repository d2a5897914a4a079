import type { FastifyInstance } from 'fastify';
import { registerControlRoutes, unknownFields } from './control-route.ts';
import type { LtsStore } from './store.ts';
import { LOG_TIMES, type NewLog } from './stream-logs.ts';

const MAX_LOGS_AT_ONCE = 1_000;
/** The longest log that LTS stores. */
const MAX_CONTENT_BYTES = 1024 * 1024;
/** Of a whole request: less than the most logs of the greatest length, which no process could hold. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** All that a request can be made of, for a person with curl. */
const LOGS_USAGE = {
  groupId: 'the ID of a log group',
  streamId: 'the ID of a log stream of that group',
  logs: `1 to ${MAX_LOGS_AT_ONCE} logs`,
  'logs[].content': 'a text of at most 1 MiB',
  'logs[].labels': 'optional; an object with texts',
  'logs[].at':
    'optional; milliseconds since 1970 or a time such as 2026-01-31T12:00:00Z, from 2001-09-09; by default now',
};

/** `/_logs`: lets app developers write logs, which no API of version 2 does. */
export async function registerLogRoute(app: FastifyInstance, store: LtsStore): Promise<void> {
  await registerControlRoutes(app, LOGS_USAGE, (route) => {
    route.post('/_logs', { bodyLimit: MAX_BODY_BYTES }, async (request, reply) => {
      const read = readLogs(store, request.body);
      if ('problems' in read) return reply.code(400).send({ ...read, takes: LOGS_USAGE });
      store.addLogs(read.streamId, read.logs);
      return reply.code(202).send({ added: read.logs.length });
    });
  });
}

/**
 * @param body JSON of a caller
 * @returns the logs, or what is wrong with them
 */
function readLogs(
  store: LtsStore,
  body: unknown,
): { streamId: string; logs: NewLog[] } | { problems: string[] } {
  if (!isObject(body)) return { problems: ['the body must be a JSON object'] };
  const { groupId, streamId, logs } = body;
  const problems = unknownFields(body, ['groupId', 'streamId', 'logs']);
  const group = store.groups.get(String(groupId));
  if (!group) problems.push('groupId: there is no such log group');
  else if (!group.streams.has(String(streamId))) {
    problems.push('streamId: there is no such log stream in the log group');
  }
  if (!Array.isArray(logs) || logs.length < 1 || logs.length > MAX_LOGS_AT_ONCE) {
    return { problems: [...problems, `logs: must be a list of ${LOGS_USAGE.logs}`] };
  }
  for (const [index, log] of logs.entries()) problems.push(...problemsOf(log, `logs[${index}]`));
  // Nobody reads a thousand problems.
  if (problems.length > 0) return { problems: problems.slice(0, 10) };
  return { streamId: String(streamId), logs: logs.map(({ at, ...log }) => ({ ...log, at: timeOf(at) })) };
}

function problemsOf(log: unknown, where: string): string[] {
  if (!isObject(log)) return [`${where}: must be an object`];
  const { content, labels = {}, at } = log;
  const problems = unknownFields(log, ['content', 'labels', 'at'], `${where}.`);
  if (typeof content !== 'string' || Buffer.byteLength(content) > MAX_CONTENT_BYTES) {
    problems.push(`${where}.content: must be ${LOGS_USAGE['logs[].content']}`);
  }
  if (!isObject(labels) || !Object.values(labels).every((value) => typeof value === 'string')) {
    problems.push(`${where}.labels: must be an object with texts, or left out`);
  }
  const time = timeOf(at);
  if (!(Number.isInteger(time) && time >= LOG_TIMES.min && time <= LOG_TIMES.max)) {
    problems.push(
      `${where}.at: must be milliseconds since 1970 or a time such as 2026-01-31T12:00:00Z, or left out`,
    );
  }
  return problems;
}

/** @returns milliseconds since 1970, or NaN */
function timeOf(at: unknown): number {
  if (at === undefined) return Date.now();
  return typeof at === 'string' ? Date.parse(at) : typeof at === 'number' ? at : Number.NaN;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
