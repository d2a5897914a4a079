import { setImmediate as nextIteration } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { Turns } from '../src/turns.ts';

/** Keeps the event loop busy: the time is what is tested. */
function work(ms: number): void {
  for (const endAt = performance.now() + ms; performance.now() < endAt; );
}

test('addresses take turns, however much one of them asks for', async () => {
  const turns = new Turns();
  const order: string[] = [];
  const done: Promise<void>[] = [];
  const ask = (address: string) =>
    done.push(
      turns.wait(address).then(() => {
        work(3); // more than the time of an iteration
        order.push(address);
      }),
    );
  for (let count = 0; count < 40; count += 1) ask('greedy');
  ask('honest');
  ask('other');
  await Promise.all(done);
  // Those of the first iteration had begun before the others came.
  const before = order.indexOf('honest');
  expect(before).toBeLessThanOrEqual(18);
  expect(order.slice(before - 1, before + 3)).toEqual(['greedy', 'honest', 'other', 'greedy']);
});

test('only a few turns are taken in one iteration of the event loop', async () => {
  const turns = new Turns();
  let started = 0;
  for (let count = 0; count < 400; count += 1) turns.run('a', () => (started += 1));
  expect(started).toBeLessThanOrEqual(16);
  let most = 0;
  for (let before = started; before < 400; before = started) {
    await nextIteration();
    most = Math.max(most, started - before);
  }
  expect(most).toBeLessThanOrEqual(32); // two iterations, where this one is later in them
});

test('long turns of one address come one after another, and short ones of others in between', async () => {
  const turns = new Turns();
  const order: string[] = [];
  const long = ['1', '2', '3'].map(async (name) => {
    await turns.waitLong('greedy', {});
    work(5);
    order.push(name);
    turns.run('honest', () => order.push('short'));
  });
  await Promise.all(long);
  await nextIteration();
  await nextIteration();
  expect(order).toEqual(['1', 'short', '2', 'short', '3', 'short']);
});

test('one that asks for several long turns leaves half of the time to others who wait for answers', async () => {
  const turns = new Turns(() => false);
  const pauses: number[] = [];
  let endedAt = 0;
  const long = [1, 2, 3, 4].map(async () => {
    await turns.waitLong('greedy', {});
    const now = performance.now();
    if (endedAt > 0) pauses.push(now - endedAt);
    work(20);
    endedAt = performance.now();
  });
  await Promise.all(long);
  expect(pauses).toHaveLength(3);
  expect(Math.min(...pauses.slice(0, 2))).toBeGreaterThan(15); // the last one waits for no other of its own
});

test('a request that has the long turn does not wait for another', async () => {
  const turns = new Turns();
  const request = {};
  const order: string[] = [];
  const other = turns.waitLong('a', request).then(() => {
    order.push('first');
    return turns.waitLong('a', request).then(() => order.push('again'));
  });
  const next = turns.waitLong('b', {}).then(() => order.push('next'));
  await Promise.all([other, next]);
  expect(order).toEqual(['first', 'again', 'next']);
});

/** A request with so many parts, each in a long turn. */
async function longRequest(turns: Turns, address: string, parts: number, onPart: (part: number) => void) {
  const request = {};
  for (let part = 1; part <= parts; part += 1) {
    await turns.waitLong(address, request, part > 1 ? 'another' : 'large');
    onPart(part);
  }
}

test('a large request goes on before others begin, and those of one turn and short ones come in between', async () => {
  const turns = new Turns();
  const order: string[] = [];
  const requests = ['a', 'a', 'b'].map((address, index) =>
    longRequest(turns, address, 2, (part) => {
      order.push(`${address}${index} ${part}`);
      turns.run('c', () => order.push('short'));
    }),
  );
  const once = ['d', 'e'].map(async (address) => {
    await turns.waitLong(address, {});
    order.push(address);
    turns.run('c', () => order.push('short'));
  });
  await Promise.all([...requests, ...once]);
  await nextIteration();
  await nextIteration();
  const longs = order.filter((one) => one !== 'short');
  expect(longs).toEqual(['a0 1', 'd', 'a0 2', 'e', 'b2 1', 'b2 2', 'a1 1', 'a1 2']);
  expect(order.filter((_, index) => index % 2 === 1)).toEqual(longs.map(() => 'short'));
});

test('a request that goes on leaves half of the time to others who wait for answers', async () => {
  const turns = new Turns(() => false);
  let endedAt = 0;
  const pauses: number[] = [];
  await longRequest(turns, 'a', 4, (part) => {
    if (part > 1) pauses.push(performance.now() - endedAt);
    work(20);
    endedAt = performance.now();
  });
  expect(Math.min(...pauses)).toBeGreaterThan(15);
});
