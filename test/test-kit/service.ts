import { afterAll, beforeAll } from 'vitest';

import { startTestService, type TestService, type TestServiceOptions } from '../../src/test-kit/index.ts';

/** One service for the tests of a file; each of them has a user of its own. */
export function useTestService(options?: TestServiceOptions): () => TestService {
  let service: TestService | null = null;
  beforeAll(async () => {
    service = await startTestService(options);
  });
  afterAll(() => service?.stop());
  return () => {
    if (service === null) throw new Error('The service has not started');
    return service;
  };
}
