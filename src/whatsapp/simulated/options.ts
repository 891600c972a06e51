import { randomBytes } from 'node:crypto';

import { systemClock, type Clock } from '../../domain/clock.ts';

/** How the simulated WhatsApp behaves. Durations are in milliseconds. */
export interface SimulationOptions {
  /** @defaultValue the process's own clock */
  readonly clock: Clock;
  /** Source of keys, QR codes, pairing codes and ids. @defaultValue node:crypto */
  readonly randomBytes: (count: number) => Buffer;
  /** From a started browser to its first sign: a QR, a pairing code or `authenticated`. @defaultValue 50 */
  readonly launchDelayMs: number;
  /** From `authenticated` to `ready`. @defaultValue 50 */
  readonly syncDelayMs: number;
  /** How long a QR can be scanned; then the next one is shown. WhatsApp Web's own pace. @defaultValue 20000 */
  readonly qrLifetimeMs: number;
  /** How long a pairing code can be entered; then the next one is shown. @defaultValue 180000 */
  readonly pairingCodeLifetimeMs: number;
  /** What the browser would say its version is; `null`: nothing. @defaultValue null */
  readonly version: string | null;
  /**
   * Bytes that the browser of this session (its `sessionKey()`) holds; `null`: it cannot be told. @defaultValue always
   * null
   */
  readonly memoryOf: (key: string) => number | null;
}

export const SIMULATION_DEFAULTS: SimulationOptions = {
  clock: systemClock,
  randomBytes,
  launchDelayMs: 50,
  syncDelayMs: 50,
  qrLifetimeMs: 20_000,
  pairingCodeLifetimeMs: 180_000,
  version: null,
  memoryOf: () => null,
};
