import type { Report } from '../soak/report.ts';
import type { Attacker } from './attacker.ts';

const REQUESTS = 3_000;
const AT_ONCE = 16;

/** A new token for each request, and a new address in a header that only trusted proxies may set. */
export async function attackWithNewTokens(
  attacker: Attacker,
  perMinute: number,
  report: Report,
): Promise<void> {
  const startedAt = performance.now();
  let count = 0;
  let passed = 0;
  const ask = async () => {
    while (count < REQUESTS) {
      count += 1;
      const headers = {
        'x-auth-token': `token-number-${count}`,
        'x-forwarded-for': `10.0.${count >> 8}.${count & 255}`,
      };
      const { status } = await attacker.post('{"query":"{__typename}"}', headers);
      if (status === 200) passed += 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
  const windows = 1 + Math.ceil((performance.now() - startedAt) / 60_000);
  report.tell('new tokens', `${passed} of ${REQUESTS} requests passed, ${perMinute} a minute for an address`);
  if (passed > windows * perMinute) report.fail(`${passed} requests of one address passed`);
  if (passed < perMinute) report.fail(`only ${passed} requests of one address passed`);
}
