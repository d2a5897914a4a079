import type { FaultKind } from '../../src/embedded-lts/faults.ts';

/** Every fault that loses the reply of LTS and takes no parameter. */
export const LOST_REPLIES: readonly FaultKind[] = [
  { kind: 'reset' },
  { kind: 'badGateway' },
  { kind: 'gatewayTimeout' },
  { kind: 'noContent' },
  { kind: 'wrongLength' },
  { kind: 'bigBody' },
  { kind: 'gzipBomb' },
];
