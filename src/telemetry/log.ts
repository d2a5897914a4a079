import { type DestinationStream, type Logger, pino } from 'pino';
import { PinoPretty } from 'pino-pretty';

/** What is known of an error; others add to it what they were given, a URL with its query for example. */
const err = ({ name, code, message, stack }: NodeJS.ErrnoException) => ({ type: name, code, message, stack });

/**
 * The process's log: JSON lines, or one readable line each.
 *
 * Nothing of a request's headers or variables may be given to it: they hold the token and people's data.
 */
export function createLog(options: { level: string; pretty: boolean }, out: NodeJS.WritableStream): Logger {
  const { level, pretty } = options;
  const settings = { level, serializers: { err } };
  if (!pretty) return pino(settings, out as DestinationStream);
  return pino(
    settings,
    PinoPretty({ destination: out, singleLine: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss' }),
  );
}
