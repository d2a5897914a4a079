import { type AttackContext, repeat } from './attack.ts';

/** Requests a minute. */
export const RATE_LIMIT_ADDRESS = 1_000;

const REQUESTS = 3_000;
const CONCURRENCY = 16;

/** Each request has a new token, and a new address in a header that only trusted proxies may set. */
export async function attackWithNewTokens({ attacker, report }: AttackContext): Promise<void> {
  const startedAt = performance.now();
  let count = 0;
  let passed = 0;
  await repeat(REQUESTS, CONCURRENCY, async () => {
    count += 1;
    const headers = {
      'x-auth-token': `token-number-${count}`,
      'x-forwarded-for': `10.0.${count >> 8}.${count & 255}`,
    };
    const { status } = await attacker.post('{"query":"{__typename}"}', headers);
    if (status === 200) passed += 1;
  });
  const windows = 1 + Math.ceil((performance.now() - startedAt) / 60_000);
  report.print(
    'new tokens',
    `${passed} of ${REQUESTS} requests passed, ${RATE_LIMIT_ADDRESS} a minute for an address`,
  );
  if (passed > windows * RATE_LIMIT_ADDRESS) report.fail(`${passed} requests of one address passed`);
  if (passed < RATE_LIMIT_ADDRESS) report.fail(`only ${passed} requests of one address passed`);
}
