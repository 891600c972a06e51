import { z } from 'zod';

import { browserVariables } from './variables/browser.ts';
import { messageVariables } from './variables/messages.ts';
import { limitVariables, sessionVariables, supervisorVariables } from './variables/sessions.ts';
import { observationVariables, processVariables, tokenVariables } from './variables/serving.ts';
import { storeVariables, vaultVariables } from './variables/storage.ts';
import { webhookVariables } from './variables/webhooks.ts';

/** Every variable the service reads, as text on the left and as it is used on the right. Empty is unset. */
export const environmentSchema = z.object({
  ...processVariables,
  ...storeVariables,
  ...tokenVariables,
  ...vaultVariables,
  ...limitVariables,
  ...browserVariables,
  ...sessionVariables,
  ...supervisorVariables,
  ...messageVariables,
  ...webhookVariables,
  ...observationVariables,
});

export type Environment = z.infer<typeof environmentSchema>;
export type Variable = keyof Environment;
