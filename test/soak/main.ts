import { readOptions } from './options.ts';
import { Report } from './report.ts';
import { soakUnderFaults } from './under-faults.ts';
import { soakUnderOverload } from './under-overload.ts';

/** `npm run soak`: what the built gateway does under load for a while, and whether that is as it must be. */
const options = readOptions(process.env);
const report = new Report(process.stdout);
try {
  report.tell('gateway', `built, in production, on Node.js ${process.version}`);
  if (options.seconds > 0) await soakUnderFaults(options, report);
  if (options.overloadSeconds > 0) await soakUnderOverload(options, report);
} catch (error) {
  report.fail(error instanceof Error ? (error.stack ?? error.message) : String(error));
}
process.exitCode = report.end();
