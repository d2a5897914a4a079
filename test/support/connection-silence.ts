import { setTimeout as sleep } from 'node:timers/promises';

/** For how long a connection to LTS must have been silent after an answer before it is used again, in milliseconds. */
export const SILENCE_MS = 20;

/** Waits until the connections of calls that have ended can be used again; a gateway in another process may be late. */
export const untilReusable = () => sleep(2 * SILENCE_MS);
