import { describe } from 'vitest';
import { closingContract } from './closing.ts';
import { linkingContract } from './linking.ts';
import { losingContract } from './losing.ts';
import { messagesContract } from './messages.ts';
import { profileContract } from './profile.ts';
import { ContractFixture } from './contract-fixture.ts';
import type { DriverEnvironment } from './driver-environment.ts';

interface ContractOptions {
  /**
   * How long any one step may take, in milliseconds. Nothing is measured: this only ends a test that hangs.
   * @defaultValue 30000
   */
  readonly deadlineMs?: number;
}

/**
 * Registers the tests that every WhatsApp driver passes. `createEnvironment` is called before each test; what it gives is
 * shut down, checked for browsers left alive, and disposed of after it.
 */
export function describeDriverContract(
  name: string,
  createEnvironment: () => Promise<DriverEnvironment>,
  { deadlineMs = 60_000 }: ContractOptions = {},
): void {
  describe(`${name}: the contract of a driver`, { timeout: deadlineMs * 4 }, () => {
    const fixture = new ContractFixture(createEnvironment, deadlineMs);
    fixture.install();
    describe('linking', () => linkingContract(fixture));
    describe('closing', () => closingContract(fixture));
    describe('losing', () => losingContract(fixture));
    describe('messages', () => messagesContract(fixture));
    describe('profiles', () => profileContract(fixture));
  });
}
