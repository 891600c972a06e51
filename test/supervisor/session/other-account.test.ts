import { expect, it } from 'vitest';

import { sessionKey, type SessionAddress } from '../../../src/domain/session.ts';
import { profileDirOf, type TestNode } from '../node.ts';
import { session } from '../fleet.ts';
import { useFleet } from '../use-fleet.ts';
import { hasCredentials } from '../../../src/whatsapp/simulated/credentials.ts';

const fixture = useFleet();
const SALES = session('sales');
/** The phone that `link` links is …1111. */
const OTHER = '5215550002222';
const OWN = '5215550001111';

const scan = (node: TestNode, address: SessionAddress, phoneNumber: string) =>
  node.driver.play(sessionKey(address), { event: 'scan', phoneNumber });

/** A session whose phone has removed the device, and which shows a code again. */
async function loseLogin(node: TestNode, address: SessionAddress): Promise<void> {
  const { fleet } = fixture;
  await fleet.link(node, address);
  node.driver.play(sessionKey(address), { event: 'logout' });
  await fleet.reaches(address, 'disconnected.logged_out');
  await fleet.ask(address, 'start');
  await fleet.reaches(address, 'waiting_qr');
}

it('another phone than its own is unlinked again, and the session fails until a person says otherwise', async () => {
  const { fleet } = fixture;
  const node = await fleet.node();
  await loseLogin(node, SALES);
  scan(node, SALES, OTHER);
  const { session: failed } = await fleet.reaches(SALES, 'failed.parked');
  expect(failed).toMatchObject({
    reason: 'other_account',
    phoneNumber: null,
    lastError: { code: 'OTHER_ACCOUNT' },
    tags: ['settled', 'at_rest'],
  });
  expect(failed.lastError?.message).toMatch(/…2222 .*…1111/);
  // Nothing of the other phone was told, and nothing of it is left: its device is revoked, its login erased.
  const values = await fleet.values(SALES);
  expect(values.slice(values.lastIndexOf('waiting_qr.scan'))).not.toContain('ready.online');
  expect(values).toContain('failed.refusing.unlinking');
  expect(await hasCredentials(profileDirOf(fleet.profileRoot, sessionKey(SALES)))).toBe(false);
  expect(node.driver.play(sessionKey(SALES), { event: 'logout' }).kind).toBe('not_applicable');
  expect(node.driver.liveBrowsers).toBe(0);
});

it('its own phone is let in again', async () => {
  const { fleet } = fixture;
  const node = await fleet.node();
  await loseLogin(node, SALES);
  scan(node, SALES, OWN);
  const { session: ready } = await fleet.reaches(SALES, 'ready');
  expect(ready.phoneNumber).toBe(OWN);
});

it.each(['before the scan', 'after the refusal', 'while it is stopped'] as const)(
  'a rebind lets another phone in: %s',
  async (when) => {
    const { fleet } = fixture;
    const node = await fleet.node();
    await loseLogin(node, SALES);
    if (when === 'after the refusal') {
      scan(node, SALES, OTHER);
      await fleet.reaches(SALES, 'failed.parked');
    }
    if (when === 'while it is stopped') {
      await fleet.ask(SALES, 'stop');
      await fleet.reaches(SALES, 'disconnected.stopped');
    }
    await fleet.ask(SALES, 'rebind');
    await fleet.until(
      SALES,
      'a code after the rebind',
      (stored) => stored.session.state === 'waiting_qr' && stored.boundTo === null,
    );
    scan(node, SALES, OTHER);
    const bound = await fleet.until(SALES, 'durable', ({ session: now }) => now.state === 'ready' && now.durable);
    expect(bound).toMatchObject({ boundTo: OTHER, session: { phoneNumber: OTHER, lastError: null } });
  },
);

it('a logout on purpose frees it, and so does one after the refusal', async () => {
  const { fleet } = fixture;
  const node = await fleet.node();
  await loseLogin(node, SALES);
  scan(node, SALES, OTHER);
  await fleet.reaches(SALES, 'failed.parked');
  await fleet.ask(SALES, 'logout');
  await fleet.reaches(SALES, 'disconnected.logged_out');
  await fleet.ask(SALES, 'start');
  await fleet.reaches(SALES, 'waiting_qr');
  scan(node, SALES, OTHER);
  expect((await fleet.reaches(SALES, 'ready')).session.phoneNumber).toBe(OTHER);
});

it('stays bound over nodes and restarts', async () => {
  const { fleet } = fixture;
  const first = await fleet.node();
  await loseLogin(first, SALES);
  await first.stop();
  const second = await fleet.node();
  await fleet.reaches(SALES, 'waiting_qr');
  scan(second, SALES, OTHER);
  expect((await fleet.reaches(SALES, 'failed.parked')).session.reason).toBe('other_account');
});

it('says that the other phone lists the device where WhatsApp could not be told', async () => {
  const { fleet } = fixture;
  const node = await fleet.node({ session: { unlinkTimeoutMs: 50 } });
  await loseLogin(node, SALES);
  node.driver.gates.shut(sessionKey(SALES), 'unlink');
  scan(node, SALES, OTHER);
  const { session: failed } = await fleet.reaches(SALES, 'failed.parked');
  expect(failed.lastError?.code).toBe('OTHER_ACCOUNT');
  expect(failed.lastError?.message).toContain('lists this device');
});

it('a node that drains unlinks the other phone first', async () => {
  const { fleet } = fixture;
  const node = await fleet.node();
  await loseLogin(node, SALES);
  node.driver.gates.shut(sessionKey(SALES), 'unlink');
  scan(node, SALES, OTHER);
  await fleet.reaches(SALES, 'failed.refusing');
  const stopped = node.stop();
  node.driver.gates.open(sessionKey(SALES), 'unlink');
  await stopped;
  const stored = await fleet.store.find(SALES);
  expect(stored?.session).toMatchObject({ value: 'failed.parked', reason: 'other_account' });
});
