import type { Session } from '../../../src/client/index.ts';

/** What must be in no picture, no export and no message of an inspector. */
export const SECRETS = [
  '2@secret-qr-code',
  '5215550001111',
  'Ana Example',
  'her own words',
  'KEY1-KEY2',
  'metadata-secret',
];

const AT = '2026-11-24T10:00:00.000Z';

/** A session that is full of what only its owner may see. */
export const privateSession: Session = {
  id: 'sales',
  engine: 'simulated',
  userId: 'ana',
  state: 'waiting_qr',
  value: 'waiting_qr.scan',
  tags: ['settled', 'needs_scan'],
  since: AT,
  desired: 'running',
  reason: null,
  phoneNumber: '5215550001111',
  displayName: 'Ana Example',
  qr: {
    code: '2@secret-qr-code',
    seq: 3,
    issuedAt: AT,
    expiresAt: AT,
  },
  pairingCode: null,
  reconnect: {
    attempt: 1,
    maxAttempts: 5,
    nextAttemptAt: null,
  },
  restarts: 2,
  durable: true,
  capabilities: null,
  queue: null,
  lastError: {
    code: 'TIMEOUT',
    message: 'her own words KEY1-KEY2',
    at: AT,
  },
  nodeId: 'n1',
  epoch: 7,
  rev: 17,
  metadata: { note: 'metadata-secret' },
  createdAt: AT,
  updatedAt: AT,
};
