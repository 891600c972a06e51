import { describeDriverContract } from './driver-contract.ts';
import { createSimulatedWorld } from './simulated-world.ts';

describeDriverContract('simulated', createSimulatedWorld, { deadlineMs: 5_000 });
