import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';

import { Fleet } from './fleet.ts';

/** Gives a file's tests a fleet: fresh for each test, and nothing of it left. */
export function useFleet(): { readonly fleet: Fleet } {
  let open: Fleet | null = null;
  const fleet = () => {
    if (open === null) throw new Error('The fleet is there during tests only');
    return open;
  };
  beforeAll(async () => {
    open = await Fleet.open();
  });
  beforeEach(() => fleet().renew());
  afterEach(() => fleet().clear());
  afterAll(() => fleet().close());
  return {
    get fleet() {
      return fleet();
    },
  };
}
