import type { ZodError } from 'zod';

import type { RequestIssue } from './request-errors.ts';

/** The faults of a request, by field. An unknown field is named itself, rather than the object that holds it. */
export function issuesOf(error: ZodError): RequestIssue[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.join('.');
    if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
    return issue.keys.map((key) => ({ path: path === '' ? key : `${path}.${key}`, message: 'is not known' }));
  });
}
