import { findBrowser, findFullBrowser } from '#find-executables';

function required(found: string | null): string {
  if (found === null) throw new Error('A browser for the tests is missing: "npm test" gets it');
  return found;
}

/**
 * The browser that a service here would use. Mostly a headless shell: it starts four times as fast as a full browser,
 * and most tests need no more.
 */
export const BROWSER = required(findBrowser());

/** A full Chromium or Chrome. */
export const FULL_BROWSER = required(findFullBrowser());
