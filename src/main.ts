import closeWithGrace from 'close-with-grace';
import { pino } from 'pino';
import { ConfigError, readConfig } from './config/config.ts';
import { CatalogueError } from './messages/catalogues.ts';

try {
  const config = readConfig(process.env);
  const { run } = await import('./run.ts'); // here, because it reads files, whose faults are reported below
  // Both are synchronous, so that no audit line is lost when the process is killed. `process.stdout` costs more CPU.
  const out = config.production ? pino.destination({ dest: 1, sync: true }) : process.stdout;
  const gateway = await run(config, out);
  const drainMs = config.shutdownDelayMs + config.ltsTimeoutMs + 5_000;
  closeWithGrace({ delay: drainMs, logger: false }, async ({ signal, err }) => {
    if (err) gateway.log.fatal({ err }, 'the gateway must end');
    await gateway.drain(signal === 'SIGTERM' ? config.shutdownDelayMs : 0);
  });
} catch (error) {
  process.stderr.write(`${startErrorText(error)}\n`);
  process.exit(1);
}

/** The message for the person who starts the gateway. It has a stack only if the fault is ours. */
function startErrorText(error: unknown): string {
  if (error instanceof ConfigError || error instanceof CatalogueError) return error.message;
  if (error instanceof Error && 'syscall' in error) {
    // It could not listen; the message has the address.
    const isTaken = 'code' in error && error.code === 'EADDRINUSE';
    return isTaken
      ? `${error.message}. Set PORT or ADMIN_PORT to a free one.`
      : `${error.message}. See HOST and PORT.`;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
