import type { MiddlewareHandler } from 'hono';

import type { ApiEnv } from './environment.ts';
import { InvalidRequestError } from './request-errors.ts';

/**
 * For routes that take no body: a caller that sends one expects an effect, so the body is refused rather than ignored.
 * An empty body, and `{}`, which some clients always send, are fine.
 */
export const refuseBody: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const text = (await c.req.text()).trim();
  if (text !== '') {
    const fields = fieldsOf(text);
    if (fields.length > 0)
      throw new InvalidRequestError(
        fields.map((path) => ({ path, message: 'is not known: this route takes no body' })),
      );
  }
  await next();
};

function fieldsOf(text: string): string[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InvalidRequestError(
      [{ path: '', message: 'The body is not valid JSON, and this route takes none.' }],
      error,
    );
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [''];
}
