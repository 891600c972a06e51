export { startTestService, type Phone, type TestService, type TestServiceOptions } from './test-service.ts';
