import { readFileSync } from 'node:fs';
import { startGatewayProcess } from '../soak/gateway-process.ts';
import { createHttpClient } from '../soak/http-client.ts';
import { startLtsStub } from '../soak/lts-stub.ts';
import { Report, stackOf } from '../soak/report.ts';
import { ATTACKER_ADDRESS, type AttackContext } from './attack.ts';
import { attackWithBodies } from './bodies.ts';
import { attackWithDocuments } from './documents.ts';
import { withHonestCallers } from './honest-callers.ts';
import { attackWithLongLists } from './long-lists.ts';
import { attackMemory } from './memory.ts';
import { attackWithNewTokens, RATE_LIMIT_ADDRESS } from './new-tokens.ts';
import { attackSlowly } from './slow-callers.ts';

/** In characters. */
const MAX_LOG_LINE = 16_000;

/**
 * `npm run test:attacks`: attacks the built gateway, with production settings and a heap of 256 MB, while honest
 * callers use it. Names of attacks as arguments select some of them.
 */
const report = new Report(process.stdout);
const selected = process.argv.slice(2);

async function run(
  name: string,
  attack: (context: AttackContext) => Promise<void>,
  env: Record<string, string> = {},
): Promise<void> {
  if (selected.length > 0 && !selected.includes(name)) return;
  report.printTitle(name);
  const lts = await startLtsStub();
  const gateway = await startGatewayProcess({
    ltsUrl: lts.url,
    env: { TRUSTED_PROXIES: 'none', ...env },
    nodeOptions: ['--max-old-space-size=256'],
    preload: process.env.ATTACK_PRELOAD || null,
  });
  const attacker = createHttpClient(gateway.url, { connections: 16, localAddress: ATTACKER_ADDRESS });
  try {
    await withHonestCallers(gateway.url, report, () => attack({ gateway, attacker, report }));
  } catch (error) {
    report.fail(`${name}: ${stackOf(error)}`);
  } finally {
    attacker.close();
    if (gateway.hasExited()) report.fail(`${name}: the gateway ended by itself, see ${gateway.logFile}`);
    const longest = longestLineIn(gateway.logFile);
    if (longest > MAX_LOG_LINE) report.fail(`${name}: a line of ${longest} characters in ${gateway.logFile}`);
    await gateway.stop();
    lts.close();
  }
}

function longestLineIn(file: string): number {
  return readFileSync(file, 'utf8')
    .split('\n')
    .reduce((longest, line) => Math.max(longest, line.length), 0);
}

report.print('gateway', `built, in production, on Node.js ${process.version}`);
await run('documents', attackWithDocuments);
await run('bodies', attackWithBodies);
await run('memory', attackMemory);
await run('slow callers', attackSlowly);
await run('long lists', attackWithLongLists);
await run('new tokens', attackWithNewTokens, {
  RATE_LIMIT: '600',
  RATE_LIMIT_ADDRESS: String(RATE_LIMIT_ADDRESS),
});
process.exitCode = report.finish();
