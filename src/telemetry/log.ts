import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';
import type { Config } from '../config/config.ts';

/** The known fields of an error. Libraries add others, a URL with its query for example. */
const err = ({ name, code, message, stack }: NodeJS.ErrnoException) => ({ type: name, code, message, stack });

/**
 * The log of the process: lines of JSON in production, otherwise lines for people.
 *
 * Never log headers or variables of a request: they have the token and people's data.
 */
export async function createLog(
  { logLevel, logLevelNumbers, production }: Pick<Config, 'logLevel' | 'logLevelNumbers' | 'production'>,
  out: DestinationStream,
): Promise<Logger> {
  const settings: LoggerOptions = { level: logLevel, serializers: { err } };
  if (!logLevelNumbers) settings.formatters = { level: (label) => ({ level: label }) };
  if (production) return pino(settings, out);
  const { PinoPretty } = await import('pino-pretty'); // not loaded in production
  return pino(
    settings,
    PinoPretty({
      destination: out as NodeJS.WritableStream,
      singleLine: true,
      ignore: 'pid,hostname',
      translateTime: 'HH:MM:ss',
    }),
  );
}
