import type { Fault } from '../device.ts';
import { SupervisorError } from '../../domain/errors.ts';
import {
  INTERNALS_CHANGED,
  PAGE_CLOSED,
  PAGE_NEVER_CAME_UP,
  PAGE_NEVER_LOADED,
  PAGE_UNRESPONSIVE,
  UNREACHABLE,
  type Loss,
} from './loss-causes.ts';

const LONGEST_MESSAGE = 160;

/** What the library, Puppeteer and the page throw, often as bare strings, by what it means. First match counts. */
const MEANINGS: readonly (readonly [RegExp, Loss])[] = [
  [/^auth timeout$/, PAGE_NEVER_CAME_UP],
  [/Requiring unknown module|is not a function|Cannot read properties of undefined/, INTERNALS_CHANGED],
  [/Page\.navigate timed out|Navigation timeout/, PAGE_NEVER_LOADED],
  [/timed out|Timed out|timeout/i, PAGE_UNRESPONSIVE],
  [/Target closed|Session closed|detached Frame|Connection closed|Target crashed/, PAGE_CLOSED],
];

/** The page was replaced under a call: another follows, and the call may be repeated there. */
export const isNavigation = (thrown: unknown): boolean =>
  /Execution context was destroyed|Cannot find context|Inspected target navigated/.test(wordsOf(thrown));

/** What is lost by this, as far as it is known. */
export function lossOf(thrown: unknown): Loss {
  const words = wordsOf(thrown);
  const netError = /net::ERR_\w+/.exec(words)?.[0];
  if (netError !== undefined && !/^auth timeout$/.test(words)) return UNREACHABLE(netError);
  const known = MEANINGS.find(([pattern]) => pattern.test(words));
  return known?.[1] ?? { cause: 'internal_error', fault: faultOf(thrown, 'LIBRARY_FAILED') };
}

/** An error fit to be stored and shown: one line, without a stack, a path or a number that could be a phone's. */
export function faultOf(thrown: unknown, code: string): Fault {
  if (thrown instanceof SupervisorError) return { code: thrown.code, message: thrown.message };
  const [line = ''] = wordsOf(thrown).split('\n');
  const shown = line.replaceAll(/(?:[A-Za-z]+:\/)?(?:\/[^\s'"():,]+)+/g, '…').replaceAll(/\d{6,}/g, '…');
  return { code, message: shown.slice(0, LONGEST_MESSAGE) || 'Something without a message was thrown.' };
}

function wordsOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  return typeof thrown === 'string' ? thrown : String(thrown);
}
