import { expect, it } from 'vitest';
import { faultOf, isNavigation, lossOf } from '../../../src/whatsapp/web/faults.ts';
import { LOSS_BY_STATE } from '../../../src/whatsapp/web/loss-causes.ts';

it.each([
  ['auth timeout', 'launch_timeout'],
  [new Error('net::ERR_NAME_NOT_RESOLVED at https://web.whatsapp.com/'), 'network'],
  [new Error('Runtime.callFunctionOn timed out. Increase the protocolTimeout'), 'page_unresponsive'],
  [new Error("Attempted to use detached Frame 'A1'."), 'page_crashed'],
  [new Error('Requiring unknown module "WAWebSocketModel"'), 'internal_error'],
  ['something new', 'internal_error'],
])('knows what is lost by %s', (thrown, cause) => {
  expect(lossOf(thrown)).toMatchObject({ cause });
});

it('keeps one line, and neither a path, nor a stack, nor a number of a phone', () => {
  const thrown = new Error(
    "ENOENT: no such file, open '/home/ada/.wwebjs/session' for 5215550001111 at file:///srv/app/x.js\n    at open (/srv/app/y.js:1:2)",
  );
  const { message } = faultOf(thrown, 'SOME_CODE');
  expect(message).toMatch(/^ENOENT: no such file, open '…' for … at /);
  expect(message).not.toMatch(/srv|ada|521555|\n/);
});

it('has words for what has none', () => {
  expect(faultOf(new Error(''), 'SOME_CODE').message).not.toBe('');
  expect(faultOf(undefined, 'SOME_CODE')).toMatchObject({ code: 'SOME_CODE' });
});

it('tells a page that was replaced from one that failed', () => {
  expect(isNavigation(new Error('Execution context was destroyed, most likely because of a navigation.'))).toBe(true);
  expect(isNavigation('auth timeout')).toBe(false);
});

it('throws no login away but for a logout', () => {
  const loggedOut = Object.entries(LOSS_BY_STATE).flatMap(([state, loss]) =>
    loss?.cause === 'logged_out' ? [state] : [],
  );
  expect(loggedOut).toEqual(['LOGOUT', 'UNPAIRED']);
});
