/**
 * Only what this server itself serves is run, shown or asked, and nobody frames it. Scripts set styles through the
 * object model, which needs no `unsafe-inline`.
 */
const SAME_SERVER = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
];

/** Text that would become markup is refused. */
export const PAGE_POLICY = [...SAME_SERVER, "require-trusted-types-for 'script'", "trusted-types 'none'"].join('; ');

/** For Swagger UI, which makes markup of the document's texts, of which it takes out what could be run. */
export const POLICY_WITHOUT_TRUSTED_TYPES = SAME_SERVER.join('; ');
