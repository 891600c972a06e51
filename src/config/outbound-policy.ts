import { LOOPBACK_NETS, type OutboundPolicy } from '../host/outbound/address-guard.ts';
import type { Environment } from './environment.ts';

/** A developer's receiver runs beside the service; as soon as anything is set, that alone holds. */
export function outboundPolicy(
  { WEBHOOK_ALLOW_HTTP, WEBHOOK_ALLOW_NETS }: Environment,
  isProduction: boolean,
): OutboundPolicy {
  const isUnset = WEBHOOK_ALLOW_HTTP === undefined && WEBHOOK_ALLOW_NETS === undefined;
  return {
    allowHttp: WEBHOOK_ALLOW_HTTP === undefined ? !isProduction : WEBHOOK_ALLOW_HTTP === 'true',
    allowNets: WEBHOOK_ALLOW_NETS ?? (isUnset && !isProduction ? LOOPBACK_NETS : []),
  };
}
