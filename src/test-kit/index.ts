export { ClockNotControlledError, type TestClock } from './test-clock.ts';
export { receiver, type Fault, type Received, type Receiver, type ReceiverOptions } from './receiver.ts';
export { startTestService, type Phone, type TestService, type TestServiceOptions } from './test-service.ts';
export { recordedHistorySchema, type RecordedHistory } from './recorded-history.ts';
export { replayHistory, type Replay } from './replay-history.ts';
