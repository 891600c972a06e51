import type { z } from '@hono/zod-openapi';

// A type rather than an interface: only that may stand for one with the extension's `x-…` index signature.
type Documentation = { readonly description?: string; readonly example?: unknown };

/**
 * A schema of the domain with its documentation. Copied first: a schema that was made before the OpenAPI extension was
 * loaded lacks the extension's methods, and the order of imports decides which ones were.
 */
export function describeRoute<Schema extends z.ZodType>(schema: Schema, documentation: Documentation): Schema {
  // The extension wants an example of the schema's own type, which a generic one cannot show it.
  const copy: z.ZodType & Schema = schema.clone();
  return copy.openapi(documentation);
}

/** The same, with a name of its own in the document. */
export function named<Schema extends z.ZodType>(
  schema: Schema,
  name: string,
  documentation: Documentation = {},
): Schema {
  const copy: z.ZodType & Schema = schema.clone();
  return copy.openapi(name, documentation);
}
