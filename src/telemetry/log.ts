import { type DestinationStream, type Logger, pino } from 'pino';

/** The known fields of an error. Libraries add others, a URL with its query for example. */
const err = ({ name, code, message, stack }: NodeJS.ErrnoException) => ({ type: name, code, message, stack });

/**
 * The log of the process: lines of JSON, or lines for people.
 *
 * Never log headers or variables of a request: they have the token and people's data.
 */
export async function createLog(
  options: { level: string; pretty: boolean },
  out: DestinationStream,
): Promise<Logger> {
  const { level, pretty } = options;
  const settings = { level, serializers: { err } };
  if (!pretty) return pino(settings, out);
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
