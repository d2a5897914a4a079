import { type DestinationStream, type Logger, pino } from 'pino';
import { PinoPretty } from 'pino-pretty';

/**
 * The process's log: JSON lines, or one readable line each.
 *
 * Nothing of a request's headers or variables may be given to it: they hold the token and people's data.
 */
export function createLog(options: { level: string; pretty: boolean }, out: NodeJS.WritableStream): Logger {
  const { level, pretty } = options;
  if (!pretty) return pino({ level }, out as DestinationStream);
  return pino(
    { level },
    PinoPretty({ destination: out, singleLine: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss' }),
  );
}
