import { describe, expect, it } from 'vitest';

import { AddressGuard, AddressRefusedError, LOOPBACK_NETS } from '../../../src/host/outbound/address-guard.ts';
import { resolverOf } from './resolver-of.ts';

const STRICT = { allowHttp: false, allowNets: [] };
const guardOf = (names: Record<string, readonly string[]> = {}) => new AddressGuard(STRICT, resolverOf(names));

describe('the address guard', () => {
  it.each([
    ['loopback', 'https://127.0.0.1/'],
    ['loopback, not the first', 'https://127.8.9.1/'],
    ['loopback as one number', 'https://2130706433/'],
    ['loopback in hexadecimal', 'https://0x7f.1/'],
    ['loopback in octal', 'https://0177.0.0.1/'],
    ['loopback with a part left out', 'https://127.1/'],
    ['this network', 'https://0.0.0.0/'],
    ['this network, not the first', 'https://0.1.2.3/'],
    ['private, 10', 'https://10.1.2.3/'],
    ['private, 172.16', 'https://172.31.255.1/'],
    ['private, 192.168', 'https://192.168.0.1/'],
    ['carrier-grade NAT', 'https://100.64.0.1/'],
    ['link-local, where clouds keep their secrets', 'https://169.254.169.254/latest/meta-data'],
    ['protocol assignments', 'https://192.0.0.8/'],
    ['documentation', 'https://192.0.2.1/'],
    ['benchmarks', 'https://198.18.0.1/'],
    ['6to4 relay', 'https://192.88.99.1/'],
    ['multicast', 'https://224.0.0.1/'],
    ['reserved', 'https://240.0.0.1/'],
    ['broadcast', 'https://255.255.255.255/'],
    ['IPv6 unspecified', 'https://[::]/'],
    ['IPv6 loopback', 'https://[::1]/'],
    ['IPv6 loopback, written out', 'https://[0:0:0:0:0:0:0:1]/'],
    ['IPv4 mapped', 'https://[::ffff:127.0.0.1]/'],
    ['IPv4 mapped, in hexadecimal', 'https://[::ffff:7f00:1]/'],
    ['IPv4 compatible', 'https://[::127.0.0.1]/'],
    ['IPv4 translated', 'https://[::ffff:0:127.0.0.1]/'],
    ['NAT64', 'https://[64:ff9b::7f00:1]/'],
    ['local NAT64', 'https://[64:ff9b:1::7f00:1]/'],
    ['6to4', 'https://[2002:7f00:1::]/'],
    ['Teredo', 'https://[2001:0:7f00:1::]/'],
    ['unique local', 'https://[fd00::1]/'],
    ['IPv6 link-local', 'https://[fe80::1]/'],
    ['site-local', 'https://[fec0::1]/'],
    ['IPv6 multicast', 'https://[ff02::1]/'],
    ['IPv6 documentation', 'https://[2001:db8::1]/'],
    ['IPv6 discard', 'https://[100::1]/'],
    ['segment routing', 'https://[5f00::1]/'],
    ['IPv6 that nobody was given', 'https://[4000::1]/'],
  ])('refuses %s', (_, url) => {
    expect(() => guardOf().admit(url)).toThrow(AddressRefusedError);
  });

  it.each(['https://8.8.8.8/', 'https://[2606:4700::1111]/', 'https://hooks.example.com/in?x=1'])(
    'lets %s through',
    (url) => {
      expect(guardOf().admit(url).href).toBe(url);
    },
  );

  it.each([
    ['plain http', 'http://hooks.example.com/'],
    ['another scheme', 'file:///etc/passwd'],
    ['a password in it', 'https://user:secret@hooks.example.com/'],
    ['no URL', 'hooks.example.com'],
    ['one without end', `https://hooks.example.com/${'x'.repeat(3_000)}`],
  ])('refuses %s', (_, url) => {
    expect(() => guardOf().admit(url)).toThrow(AddressRefusedError);
  });

  it.each([['127.0.0.1'], ['10.0.0.1'], ['::1'], ['::ffff:10.0.0.1']])(
    'refuses a name that resolves to %s',
    async (address) => {
      const guard = guardOf({ 'inward.example.com': [address] });
      await expect(guard.check('https://inward.example.com/')).rejects.toThrow(AddressRefusedError);
      await expect(guard.resolve('inward.example.com')).rejects.toThrow(AddressRefusedError);
    },
  );

  it('refuses a name of which only one address is private', async () => {
    const guard = guardOf({ 'mixed.example.com': ['93.184.216.34', '192.168.0.1'] });
    await expect(guard.check('https://mixed.example.com/')).rejects.toThrow(AddressRefusedError);
  });

  it('lets a name pass that does not resolve now, since each connect asks again', async () => {
    await expect(guardOf().check('https://nowhere.example.com/')).resolves.toMatchObject({
      hostname: 'nowhere.example.com',
    });
    await expect(guardOf().resolve('nowhere.example.com')).rejects.toThrow('ENOTFOUND');
  });

  it('says nothing of what a name resolves to', async () => {
    const refused = guardOf({ 'inward.example.com': ['10.9.8.7'] }).check('https://inward.example.com/');
    await expect(refused).rejects.toThrow(/^(?!.*10\.9\.8\.7)/);
  });

  it('lets through what is allowed, as a literal, mapped and by name', async () => {
    const policy = { allowHttp: true, allowNets: ['10.20.0.0/16', ...LOOPBACK_NETS] };
    const guard = new AddressGuard(policy, resolverOf({ localhost: ['127.0.0.1', '::1'] }));
    expect(guard.admit('http://10.20.1.1/').host).toBe('10.20.1.1');
    expect(guard.admit('http://[::ffff:10.20.1.1]/').protocol).toBe('http:');
    expect(() => guard.admit('http://10.21.1.1/')).toThrow(AddressRefusedError);
    await expect(guard.check('http://localhost:8080/')).resolves.toMatchObject({ port: '8080' });
  });
});
