import { type GatewayProcess, startGatewayProcess } from '../soak/gateway-process.ts';
import { type QuickLts, startQuickLts } from '../soak/quick-lts.ts';
import { Report } from '../soak/report.ts';
import { type Attacker, attack } from './attacker.ts';
import { attackWithBodies } from './bodies.ts';
import { attackWithDocuments } from './documents.ts';
import { besideHonestCallers } from './honest-caller.ts';
import { longestLineIn } from './log-lines.ts';
import { attackWithLongLists } from './long-lists.ts';
import { attackMemory } from './memory.ts';
import { attackWithNewTokens } from './new-tokens.ts';
import { attackSlowly } from './slow-callers.ts';

/** Requests a minute for each token and each address while the rate limit is attacked. */
const RATE_LIMIT = 600;
const RATE_LIMIT_ADDRESS = 1_000;

const MAX_LINE = 16_000;

/**
 * `npm run test:attacks`: the built gateway in production settings, with a heap of 256 MB, attacked from 127.0.0.2
 * while honest callers on 127.0.0.1 use it. Names given as arguments choose attacks.
 */
const report = new Report(process.stdout);
const chosen = process.argv.slice(2);

interface Scene {
  readonly gateway: GatewayProcess;
  readonly attacker: Attacker;
}

async function stage(
  name: string,
  env: Record<string, string>,
  act: (scene: Scene) => Promise<void>,
): Promise<void> {
  if (chosen.length > 0 && !chosen.includes(name)) return;
  report.title(name);
  const lts: QuickLts = await startQuickLts();
  const gateway = await startGatewayProcess({
    ltsUrl: lts.url,
    env: { TRUSTED_PROXIES: 'none', ...env },
    nodeArguments: ['--max-old-space-size=256'],
    preload: process.env.ATTACK_PRELOAD || null,
  });
  const attacker = attack(gateway.url, 16);
  try {
    await besideHonestCallers(gateway.url, report, () => act({ gateway, attacker }));
  } catch (error) {
    report.fail(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  } finally {
    attacker.close();
    if (gateway.hasEnded()) report.fail(`${name}: the gateway ended by itself, see ${gateway.logFile}`);
    const longest = longestLineIn(gateway.logFile);
    if (longest > MAX_LINE) report.fail(`${name}: a line of ${longest} characters in ${gateway.logFile}`);
    await gateway.end();
    lts.close();
  }
}

report.tell('gateway', `built, in production, on Node.js ${process.version}`);
await stage('documents', {}, ({ gateway, attacker }) => attackWithDocuments(gateway, attacker, report));
await stage('bodies', {}, ({ gateway, attacker }) => attackWithBodies(gateway, attacker, report));
await stage('memory', {}, ({ gateway, attacker }) => attackMemory(gateway, attacker, report));
await stage('slow callers', {}, ({ gateway }) => attackSlowly(gateway.url, report));
await stage('long lists', {}, ({ gateway, attacker }) => attackWithLongLists(gateway, attacker, report));
await stage(
  'new tokens',
  { RATE_LIMIT: String(RATE_LIMIT), RATE_LIMIT_ADDRESS: String(RATE_LIMIT_ADDRESS) },
  ({ attacker }) => attackWithNewTokens(attacker, RATE_LIMIT_ADDRESS, report),
);
process.exitCode = report.end();
