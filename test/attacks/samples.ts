import fc from 'fast-check';

/** Generated values with a name each, by which they can be generated again: `ATTACK_SEED` sets the seed. */
export function samples<T>(arbitrary: fc.Arbitrary<T>, count: number): [name: string, value: T][] {
  const seed = Number(process.env.ATTACK_SEED) || Math.floor(Math.random() * 2 ** 31);
  return fc
    .sample(arbitrary, { numRuns: count, seed })
    .map((value, index) => [`generated ${index} with seed ${seed}`, value]);
}
