import { expect, it } from 'vitest';
import { launchArguments } from '../../../../src/whatsapp/web/chromium/launch-arguments.ts';
import { resolveExecutable } from '../../../../src/whatsapp/web/chromium/resolve-executable.ts';

const BASE = { profileDir: '/p', headless: 'shell', isSandboxed: true, userAgent: 'UA', browserArgs: [] } as const;

it('keeps the sandbox unless it is told not to', () => {
  expect(launchArguments(BASE)).not.toContain('--no-sandbox');
  expect(launchArguments({ ...BASE, isSandboxed: false })).toContain('--no-sandbox');
});

it('has the protocol on a pipe, the profile in its place, and a page to begin with', () => {
  const args = launchArguments(BASE);
  expect(args).toContain('--remote-debugging-pipe');
  expect(args).toContain('--user-data-dir=/p');
  expect(args.at(-1)).toBe('about:blank');
});

it('tells the two headless modes apart', () => {
  expect(launchArguments(BASE)).toContain('--headless');
  expect(launchArguments({ ...BASE, headless: 'new' })).toContain('--headless=new');
});

it('joins the features of the operator with ours, since only one list counts', () => {
  const args = launchArguments({
    ...BASE,
    browserArgs: ['--disable-features=Mine', '--enable-features=Other', '--proxy-server=socks5://x'],
  });
  expect(args.filter((arg) => arg.startsWith('--disable-features='))).toHaveLength(1);
  expect(args.find((arg) => arg.startsWith('--disable-features='))).toMatch(/Translate.*,Mine$/);
  expect(args.find((arg) => arg.startsWith('--enable-features='))).toBe(
    '--enable-features=NetworkServiceInProcess2,Other',
  );
  expect(args).toContain('--proxy-server=socks5://x');
});

it.each(['--enable-features', '-enable-features'])(
  'keeps storage out of SQLite, whatever the operator turns on by %s',
  (list) => {
    const args = launchArguments({
      ...BASE,
      browserArgs: [`${list}=Other,DomStorageSqlite,IdbSqliteBackingStore<Trial,DomStorageSqliteNewDatabases:stage/2`],
    });
    expect(args.filter((arg) => /^-+enable-features=/.test(arg))).toEqual([
      '--enable-features=NetworkServiceInProcess2,Other',
    ]);
    expect(args.find((arg) => arg.startsWith('--disable-features='))).toMatch(
      /=DomStorageSqlite,.*\bIdbSqliteBackingStore,/,
    );
  },
);

it('starts another path as it is', async () => {
  expect(await resolveExecutable('/usr/bin/some-chromium')).toBe('/usr/bin/some-chromium');
});

it('goes through the session’s proxy whatever the operator asks for, with WebRTC and loopback', () => {
  const args = launchArguments({ ...BASE, proxy: 'http://127.0.0.1:1', browserArgs: ['--proxy-server=socks5://x'] });
  expect(args.findLast((arg) => arg.startsWith('--proxy-server='))).toBe('--proxy-server=http://127.0.0.1:1');
  expect(args).toContain('--proxy-bypass-list=<-loopback>');
  expect(args.filter((arg) => arg.includes('webrtc-ip-handling-policy=disable_non_proxied_udp'))).toHaveLength(2);
  expect(launchArguments(BASE).join(' ')).not.toContain('proxy');
});
