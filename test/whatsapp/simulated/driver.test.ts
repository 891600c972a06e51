import { describeDriverContract } from '../contract/driver-contract.ts';
import { createSimulatedSubject } from './simulated-subject.ts';

describeDriverContract('simulated', createSimulatedSubject, { deadlineMs: 5_000 });
