import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createAnswerMemory, SharedResource, type ShareRefusal } from '../src/shares.ts';

const takeAll = (resource: SharedResource, address: string, giveWay?: () => void): number => {
  let count = 0;
  while (resource.take(address, 1, giveWay)) count += 1;
  return count;
};

test('what cannot be taken back is shared: one address gets half, and the next ones half of what is left', () => {
  const resource = new SharedResource('calls', 64);
  expect(takeAll(resource, 'a')).toBe(32);
  expect(takeAll(resource, 'b')).toBe(16);
  expect(takeAll(resource, 'c')).toBe(8);
  expect(resource.take('d', 1)).not.toBeNull();
});

describe('what can be taken back', () => {
  test('gives way to whoever holds less when all is taken, the oldest of the address with the most first', () => {
    const refusals: ShareRefusal[] = [];
    const resource = new SharedResource('connections', 30, (refusal) => refusals.push(refusal));
    const closed: string[] = [];
    for (const [address, count] of Object.entries({ a: 15, b: 7, c: 4, d: 2, e: 1, f: 1 })) {
      for (let index = 0; index < count; index += 1)
        expect(resource.take(address, 1, () => closed.push(`${address}${index}`))).not.toBeNull();
    }
    expect(resource.used).toBe(30);
    expect(resource.take('new', 1, () => {})).not.toBeNull();
    expect(closed).toEqual(['a0']);
    expect(refusals).toEqual([{ resource: 'connections', total: 30, address: 'a', held: 15 }]);
    expect(resource.take('a', 1, () => {})).toBeNull();
    expect(closed).toEqual(['a0']);
  });

  test('does not give way to an address that would hold as much', () => {
    const resource = new SharedResource('connections', 2);
    expect(resource.take('a', 1, () => {})).not.toBeNull();
    expect(resource.take('b', 1, () => {})).not.toBeNull();
    expect(resource.take('c', 1, () => {})).toBeNull();
  });

  test('is no share any more, and stays, once it is kept', () => {
    const resource = new SharedResource('connections', 8);
    const closed: string[] = [];
    const kept = Array.from({ length: 4 }, () => resource.take('proxy', 1, () => closed.push('proxy')));
    for (const holding of kept) holding?.keep();
    expect(takeAll(resource, 'proxy', () => closed.push('own'))).toBe(2);
    expect(takeAll(resource, 'a', () => closed.push('a'))).toBe(1);
    expect(takeAll(resource, 'b', () => closed.push('b'))).toBe(1);
    expect(resource.take('c', 1, () => {})).not.toBeNull();
    expect(closed).toEqual(['own']);
  });
});

test('moves to another address, and is released once', () => {
  const resource = new SharedResource('bytes', 100);
  const holding = resource.open('proxy');
  holding.grow(30);
  holding.moveTo('caller');
  expect(resource.hasRoomFor('proxy', 50)).toBe(true);
  expect(resource.hasRoomFor('caller', 50)).toBe(false);
  holding.release();
  holding.release();
  expect(resource.used).toBe(0);
  expect(holding.grow(50)).toBe(true);
});

test('whatever is taken and given back, the total is not exceeded, and all is there again at the end', () => {
  const step = fc.record({
    address: fc.constantFrom('a', 'b', 'c', 'd'),
    amount: fc.integer({ min: 1, max: 60 }),
    action: fc.constantFrom('take', 'grow', 'shrink', 'move', 'keep', 'release'),
    canGiveWay: fc.boolean(),
    index: fc.nat(20),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const resource = new SharedResource('any', 100);
      const holdings: ReturnType<SharedResource['open']>[] = [];
      for (const { address, amount, action, canGiveWay, index } of steps) {
        const holding = holdings[index % Math.max(1, holdings.length)];
        if (action === 'take') {
          const taken = resource.take(address, amount, canGiveWay ? () => {} : undefined);
          if (taken) holdings.push(taken);
        } else if (action === 'grow') holding?.grow(amount);
        else if (action === 'shrink') holding?.shrinkTo(Math.min(amount, holding.amount));
        else if (action === 'move') holding?.moveTo(address);
        else if (action === 'keep') holding?.keep();
        else holding?.release();
        const held = holdings.reduce((sum, one) => sum + one.amount, 0);
        expect(resource.used).toBe(held);
        expect(held).toBeLessThanOrEqual(100);
      }
      for (const holding of holdings) holding.release();
      expect(resource.used).toBe(0);
      expect(resource.hasRoomFor('a', 100)).toBe(true);
    }),
  );
});

test('memory that was refused to an answer is not counted: what needs less gets it', () => {
  const resource = new SharedResource('answer_bytes', 1_000_000);
  const memory = createAnswerMemory(resource.open('a'));
  expect(memory.grow(2_000_000)).toBe(false);
  expect(memory.grow(200_000)).toBe(true);
  expect(resource.used).toBeLessThan(200_000);
  memory.end();
  expect(resource.used).toBe(0);
});
