import { expect, it } from 'vitest';

import { parseProxy } from '../../src/domain/proxy.ts';

it.each([
  ['http://proxy.example.com', { protocol: 'http', host: 'proxy.example.com', port: 80, user: null }],
  ['https://proxy.example.com/', { protocol: 'https', host: 'proxy.example.com', port: 443, user: null }],
  ['socks5://proxy.example.com', { protocol: 'socks5', host: 'proxy.example.com', port: 1_080, user: null }],
  [
    'http://ana:p%3Ass%40@[2001:db8::1]:3128',
    { protocol: 'http', host: '2001:db8::1', port: 3_128, user: { name: 'ana', password: 'p:ss@' } },
  ],
])('%s is a proxy', (url, proxy) => {
  expect(parseProxy(url)).toEqual(proxy);
});

it.each([
  '',
  'proxy.example.com:3128',
  'ftp://proxy.example.com',
  'socks4://proxy.example.com',
  'http://proxy.example.com/path',
  'http://proxy.example.com/?query',
  'http://ana:%zz@proxy.example.com',
  `http://${'a'.repeat(2_050)}.com`,
])('"%s" is none', (url) => {
  expect(parseProxy(url)).toBeNull();
});
