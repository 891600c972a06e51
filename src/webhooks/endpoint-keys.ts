import type { Keyspace } from '../store/keys.ts';

/** The part of a session key that names the user, as it stands in other keys too. */
export const userInKeys = (userId: string): string => encodeURIComponent(userId);

/** All keys that a script about one endpoint may touch; each takes those that it names. */
export function endpointKeys(keys: Keyspace, id: string, userId: string) {
  return {
    webhook: keys.webhook(id),
    webhooksOfUser: keys.webhooksOf(userId),
    webhookIds: keys.webhookIds,
    lanes: keys.webhookLanes(id),
    slots: keys.webhookSlots(id),
    waiting: keys.webhookWaiting(id),
    parked: keys.webhookParked(id),
    parkedDue: keys.webhookParkedDue(id),
    deliveries: keys.webhookDeliveries(id),
    dead: keys.webhookDead(id),
    due: keys.webhookDue,
    heads: keys.webhookHeads,
    behind: keys.webhookBehind,
    events: keys.events,
    eventsOfUser: keys.eventsOf(userId),
    wholeness: keys.wholeness,
    sessionsOfUser: keys.sessionsOf(userId),
  };
}
