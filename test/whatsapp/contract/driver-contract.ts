import { describe } from 'vitest';
import { closingContract } from './closing.ts';
import { linkingContract } from './linking.ts';
import { losingContract } from './losing.ts';
import { profileContract } from './profile.ts';
import { Stage } from './contract-fixture.ts';
import type { World } from './driver-subject.ts';

interface ContractOptions {
  /**
   * How long any one step may take, in milliseconds. Nothing is measured: this only ends a test that hangs.
   * @defaultValue 30000
   */
  readonly deadlineMs?: number;
}

/**
 * Registers the tests that every WhatsApp driver passes. `createWorld` is called before each test; what it gives is
 * shut down, checked for browsers left alive, and disposed of after it.
 */
export function describeDriverContract(
  name: string,
  createWorld: () => Promise<World>,
  { deadlineMs = 60_000 }: ContractOptions = {},
): void {
  describe(`${name}: the contract of a driver`, { timeout: deadlineMs * 4 }, () => {
    const stage = new Stage(createWorld, deadlineMs);
    stage.install();
    describe('linking', () => linkingContract(stage));
    describe('closing', () => closingContract(stage));
    describe('losing', () => losingContract(stage));
    describe('profiles', () => profileContract(stage));
  });
}
