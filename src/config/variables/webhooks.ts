import { z } from 'zod';

import { parseNetworks } from '../../host/outbound/public-address.ts';
import { choice, count } from './values.ts';

const networks = z
  .string()
  .transform((text) => text.split(',').map((network) => network.trim()))
  .refine((list) => {
    try {
      return parseNetworks(list).length === list.length;
    } catch {
      return false;
    }
  }, 'must be networks with commas between them, each an address, a slash and a number of bits');

/** What goes out to URLs that users gave. */
export const webhookVariables = {
  WEBHOOK_CONCURRENCY: count(50)
    .optional()
    .meta({ defaultValue: '50', description: 'Webhook deliveries of this process at the same time.' }),
  WEBHOOK_ALLOW_HTTP: choice(['true', 'false']).optional().meta({
    otherwise: '`false` in production, else `true`',
    description: 'Whether webhooks and media may have `http:` URLs.',
  }),
  WEBHOOK_ALLOW_NETS: networks.meta({ example: '10.20.0.0/16,fd00:20::/32' }).optional().meta({
    otherwise: 'none; loopback outside production, where `WEBHOOK_ALLOW_HTTP` is not set either',
    description: 'Networks that webhooks, media URLs and sessions’ proxies may reach although they are not public.',
  }),
};
