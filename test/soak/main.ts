import { runFaultInjection } from './fault-injection-scenario.ts';
import { readOptions } from './options.ts';
import { runOverload } from './overload-scenario.ts';
import { Report, stackOf } from './report.ts';

/** `npm run soak`: runs the built gateway under load, and checks its responses, memory use and latency. */
const options = readOptions(process.env);
const report = new Report(process.stdout);
try {
  report.print('gateway', `built, in production, on Node.js ${process.version}`);
  if (options.seconds > 0) await runFaultInjection(options, report);
  if (options.overloadSeconds > 0) await runOverload(options, report);
} catch (error) {
  report.fail(stackOf(error));
}
process.exitCode = report.finish();
