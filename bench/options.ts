import { parseArgs } from 'node:util';
import { CONTENDERS, type Contender, PARTS, type Part } from './contenders.ts';

export interface Options {
  readonly contenders: readonly Contender[];
  readonly parts: readonly Part[];
  /** Length of one slice of load, and of the load before the first that counts. */
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** Slices of each contender in `create` and `lists`; in `latency` a third of them. */
  readonly rounds: number;
  /** Starts of each contender in `start-up`. */
  readonly starts: number;
  /** Decides the order of the contenders in each round. */
  readonly seed: number;
}

/** @throws TypeError on an option that is unknown or wrong */
export function readOptions(given: string[]): Options {
  const { values } = parseArgs({
    args: given,
    options: {
      short: { type: 'boolean', default: false },
      contenders: { type: 'string' },
      parts: { type: 'string' },
      seconds: { type: 'string' },
      'warm-up': { type: 'string' },
      rounds: { type: 'string' },
      starts: { type: 'string' },
      seed: { type: 'string' },
    },
  });
  const usual = values.short
    ? { seconds: 0.6, warmUpSeconds: 0.5, rounds: 1, starts: 1 }
    : { seconds: 3, warmUpSeconds: 5, rounds: 9, starts: 7 };
  const names = chosen(
    'contenders',
    values.contenders,
    CONTENDERS.map(({ name }) => name),
  );
  return {
    contenders: CONTENDERS.filter(({ name }) => names.includes(name)),
    parts: chosen('parts', values.parts, PARTS),
    seconds: positive('seconds', values.seconds, usual.seconds),
    warmUpSeconds: positive('warm-up', values['warm-up'], usual.warmUpSeconds),
    rounds: Math.ceil(positive('rounds', values.rounds, usual.rounds)),
    starts: Math.ceil(positive('starts', values.starts, usual.starts)),
    seed: Math.floor(positive('seed', values.seed, 1 + Math.random() * 1e9)),
  };
}

/** Names with commas between them; all where none are given. */
function chosen<T extends string>(
  option: string,
  given: string | undefined,
  all: readonly T[],
): readonly T[] {
  const names = given?.split(',') ?? all;
  const unknown = names.find((name) => !(all as readonly string[]).includes(name));
  if (unknown !== undefined) throw new TypeError(`--${option}: "${unknown}" is none of ${all.join(', ')}`);
  return all.filter((name) => names.includes(name));
}

function positive(option: string, given: string | undefined, otherwise: number): number {
  const number = given === undefined ? otherwise : Number(given);
  if (number > 0) return number;
  throw new TypeError(`--${option} must be a number above 0`);
}
