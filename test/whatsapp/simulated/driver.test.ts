import { describeDriverContract } from '../contract/driver-contract.ts';
import { createSimulatedEnvironment } from './simulated-environment.ts';

describeDriverContract('simulated', createSimulatedEnvironment, { deadlineMs: 5_000 });
