import type { Webhook, WebhookSettings, WebhookState } from '../domain/webhook.ts';
import type { StoredEndpoint } from './stored-endpoint.ts';

/** An endpoint as it is shown. */
export function viewOf(
  endpoint: StoredEndpoint,
  settings: WebhookSettings,
  { lag, deadLetters }: Pick<Webhook, 'lag' | 'deadLetters'>,
): Webhook {
  const { id, record, disabledBy, failingSince, last } = endpoint;
  return {
    ...settings,
    id,
    userId: record.userId,
    enabled: disabledBy === null,
    state: stateOf(endpoint),
    disabledBy,
    failingSince: failingSince === null ? null : new Date(failingSince).toISOString(),
    lag,
    deadLetters,
    lastDelivery: last,
    createdAt: record.createdAt,
    updatedAt: record.updatedAt,
  };
}

export function stateOf({ disabledBy, failures, isOpen }: StoredEndpoint): WebhookState {
  if (disabledBy !== null) return 'disabled';
  if (isOpen) return 'open';
  return failures > 0 ? 'failing' : 'active';
}
