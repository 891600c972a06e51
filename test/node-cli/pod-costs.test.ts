import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { kubernetesPods } from '../../src/node-cli/kubernetes-pods.ts';
import { PodCosts } from '../../src/node-cli/pod-costs.ts';
import { createPool } from '../../src/observability/pool.ts';
import type { NodeRecord } from '../../src/store/nodes.ts';

const node = (nodeId: string, ready: number): NodeRecord => {
  const view = createPool().getSnapshot().context;
  return {
    nodeId,
    at: 0,
    incarnation: null,
    role: 'worker',
    version: '1.0.0',
    build: null,
    rssBytes: 1,
    fleet: null,
    startedAt: 0,
    capacity: 20,
    sweeps: 0,
    pool: { ...view, byState: { ...view.byState, ready } },
  };
};

describe('The cost of a pod', () => {
  let cluster: Server;
  let url = '';
  let asked: string[] = [];
  let status = 200;
  const errors: string[] = [];

  beforeEach(async () => {
    asked = [];
    errors.length = 0;
    status = 200;
    cluster = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        asked.push(
          `${request.method} ${request.url} ${request.headers.authorization} ${Buffer.concat(parts).toString()}`,
        );
        response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
      });
    }).listen(0, '127.0.0.1');
    await once(cluster, 'listening');
    url = `http://127.0.0.1:${String((cluster.address() as AddressInfo).port)}`; // a TCP server's address is no text
  });
  afterEach(() => {
    cluster.closeAllConnections();
    cluster.close();
  });

  const costsOf = (records: () => NodeRecord[]) =>
    new PodCosts(
      { reports: async () => records() },
      kubernetesPods({ url, namespace: 'whatsapp', token: async () => 't0ken' }),
      ({ message }) => errors.push(message),
    );

  it('is the number of sessions that it carries, and is told when it has changed', async () => {
    let records = [node('w-1', 3), node('w-2', 0)];
    const costs = costsOf(() => records);
    await costs.tell();
    await costs.tell();
    records = [node('w-1', 4), node('w-2', 0)];
    await costs.tell();
    const told = (pod: string, cost: number) =>
      `PATCH /api/v1/namespaces/whatsapp/pods/${pod} Bearer t0ken ` +
      `{"metadata":{"annotations":{"controller.kubernetes.io/pod-deletion-cost":"${cost}"}}}`;
    expect(asked).toEqual([told('w-1', 3), told('w-2', 0), told('w-1', 4)]);
    expect(errors).toEqual([]);
  });

  it('is told again after the cluster refused it, and a refusal of one leaves the others be', async () => {
    const costs = costsOf(() => [node('w-1', 1), node('w-2', 2)]);
    status = 403;
    await costs.tell();
    expect(errors).toHaveLength(2);
    expect(errors[0]).toContain('answered 403');
    status = 200;
    await costs.tell();
    expect(asked).toHaveLength(4);
  });

  it('is nothing to a node that is no pod', async () => {
    status = 404;
    await costsOf(() => [node('outside', 1)]).tell();
    expect(errors).toEqual([]);
  });
});
