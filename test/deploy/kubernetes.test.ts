import { readdirSync, readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { EventLoopMonitor } from '../../src/observability/event-loop.ts';
import { createMetrics } from '../../src/observability/metrics.ts';
import { createPool } from '../../src/observability/pool.ts';
import { defaultValues, renderedChart } from './chart.ts';
import { rendered, type Manifest } from './manifests.ts';
import { faultOf } from './valid.ts';
import { z } from 'zod';

const OVERLAYS = ['all-in-one', 'api-worker'] as const;
const overlay = (name: string) => rendered(`deploy/kubernetes/overlays/${name}`);

const container = z.looseObject({
  image: z.string(),
  args: z.array(z.string()).optional(),
  lifecycle: z.looseObject({ preStop: z.looseObject({ exec: z.object({ command: z.array(z.string()) }) }) }).optional(),
  env: z.array(z.looseObject({ name: z.string() })).optional(),
  securityContext: z.object({
    allowPrivilegeEscalation: z.literal(false),
    capabilities: z.object({ drop: z.tuple([z.literal('ALL')]) }),
  }),
});
/** A Deployment whose pods are admitted where only restricted ones are. */
const restricted = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({
    replicas: z.int().optional(),
    strategy: z.unknown().optional(),
    template: z.looseObject({
      metadata: z.object({ labels: z.record(z.string(), z.string()) }),
      spec: z.looseObject({
        automountServiceAccountToken: z.boolean(),
        terminationGracePeriodSeconds: z.int().optional(),
        securityContext: z.looseObject({
          runAsNonRoot: z.literal(true),
          seccompProfile: z.union([
            z.object({ type: z.literal('RuntimeDefault') }),
            z.object({ type: z.literal('Localhost'), localhostProfile: z.string() }),
          ]),
        }),
        containers: z.array(container),
        volumes: z.array(z.union([z.object({ name: z.string(), emptyDir: z.unknown() })])).optional(),
      }),
    }),
  }),
});
type Restricted = z.infer<typeof restricted>;

const deployments = (manifests: readonly Manifest[]): Restricted[] =>
  manifests.filter(({ kind }) => kind === 'Deployment').map((manifest) => restricted.parse(manifest));

function nodeOf(name: string): Restricted {
  const found = deployments(overlay(name)).find(({ metadata }) => metadata.name === 'whatsapp-node');
  if (found === undefined) throw new Error(`${name} has no Deployment whatsapp-node`);
  return found;
}

describe.each(OVERLAYS)('The overlay %s', (name) => {
  it('is of objects that a cluster takes', () => {
    expect(overlay(name).map(faultOf).filter(Boolean)).toEqual([]);
  });

  it('needs no volume, no privilege, and a token only where pods are written to', () => {
    const all = deployments(overlay(name));
    const withToken = all.filter(({ spec }) => spec.template.spec.automountServiceAccountToken);
    expect(withToken.map(({ metadata }) => metadata.name)).toEqual(['whatsapp-pod-costs']);
  });

  it('lets Chromium wall its pages in', () => {
    expect(nodeOf(name).spec.template.spec.securityContext.seccompProfile).toEqual({
      type: 'Localhost',
      localhostProfile: 'profiles/whatsapp-chromium.json',
    });
    expect(rendered('deploy/seccomp').map(faultOf).filter(Boolean)).toEqual([]);
  });

  it('has a node give its sessions away before its end, within the time it is given', () => {
    const { spec } = nodeOf(name).spec.template;
    const [command] = spec.containers.map(({ lifecycle }) => lifecycle?.preStop.exec.command);
    expect(command?.slice(0, 3)).toEqual(['node', 'dist/src/node-cli/main.js', 'drain']);
    const shutdownSeconds = 20;
    expect(Number(command?.[3]) + shutdownSeconds).toBeLessThanOrEqual(spec.terminationGracePeriodSeconds ?? 0);
  });

  it('leaves the number of nodes to the scaler, and has a new one serve before an old one ends', () => {
    expect(nodeOf(name).spec.replicas).toBeUndefined();
    expect(nodeOf(name).spec.strategy).toEqual({ rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } });
    const scaled = overlay(name).find(({ kind }) => kind === 'ScaledObject');
    expect(scaled?.['spec']).toMatchObject({ scaleTargetRef: { name: 'whatsapp-node' } });
  });

  it('serves the API from the pods that have one', () => {
    const service = overlay(name).find(({ kind }) => kind === 'Service');
    const { selector } = z.looseObject({ selector: z.record(z.string(), z.string()) }).parse(service?.['spec']);
    const serving = deployments(overlay(name)).filter(({ spec }) =>
      Object.entries(selector).every(([key, value]) => spec.template.metadata.labels[key] === value),
    );
    expect(serving.map(({ metadata }) => metadata.name)).toEqual([
      name === 'all-in-one' ? 'whatsapp-node' : 'whatsapp-api',
    ]);
  });

  it('is what the chart makes', () => {
    const values = { ...defaultValues(), role: name === 'all-in-one' ? 'all' : 'worker' };
    const named = (manifests: readonly Manifest[]) =>
      Object.fromEntries(manifests.map((one) => [`${one.kind} ${one.metadata.name}`, one]));
    const { 'Namespace whatsapp': _, ...wanted } = named(overlay(name));
    expect(named(renderedChart(values, 'whatsapp'))).toEqual(wanted);
  });
});

describe('A manifest that is wrong', () => {
  it('is refused: a number in words, a scaler without a target, a kind that nobody knows', () => {
    const metadata = { name: 'x' };
    expect(faultOf({ apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { replicas: 'three' } })).toContain(
      'replicas must be integer',
    );
    expect(faultOf({ apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', metadata, spec: {} })).toContain(
      'scaleTargetRef',
    );
    expect(faultOf({ apiVersion: 'v2', kind: 'Pot', metadata })).toContain('no kind');
  });
});

describe('Every metric', () => {
  const monitoring = 'deploy/kubernetes/monitoring';

  it.each([
    `${monitoring}/dashboard.json`,
    `${monitoring}/alerts.yaml`,
    'deploy/kubernetes/scaling/scaled-object.yaml',
  ])('that is named in %s is one of the service’s', async (file) => {
    const named = new Set(readFileSync(file, 'utf8').match(/\b(?:wa|process|nodejs)_[a-z_]+/g));
    expect(named.size).toBeGreaterThan(2);
    const known = await metricNames();
    expect(
      [...named].filter((name) => !known.has(name.replace(/_(?:bucket|sum|count)$/, '')) && !known.has(name)),
    ).toEqual([]);
  });

  it('that is alerted on has a runbook line and a section in the docs', () => {
    const rule = rendered('deploy/kubernetes/overlays/all-in-one').find(({ kind }) => kind === 'PrometheusRule');
    const { groups } = z
      .object({
        groups: z.array(
          z.looseObject({
            rules: z.array(
              z.looseObject({
                alert: z.string(),
                annotations: z.object({ summary: z.string().min(20), runbook: z.string().min(20) }),
              }),
            ),
          }),
        ),
      })
      .parse(rule?.['spec']);
    const alerts = groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
    const sections = readFileSync('docs/deployment.md', 'utf8').match(/^### WhatsApp\w+$/gm) ?? [];
    expect(sections.map((line) => line.slice(4))).toEqual(alerts);
  });
});

it('Both dashboards are the same file', () => {
  expect(readFileSync('deploy/helm/files/dashboard.json', 'utf8')).toBe(
    readFileSync('deploy/kubernetes/monitoring/dashboard.json', 'utf8'),
  );
  expect(readdirSync('deploy/helm/files')).toEqual(['dashboard.json']);
});

/** Names of all series that a process which runs sessions, serves the API and delivers webhooks may show. */
async function metricNames(): Promise<ReadonlySet<string>> {
  const eventLoop = new EventLoopMonitor();
  const metrics = createMetrics({
    waiting: async () => 0,
    outboxes: async () => ({ depth: 0, oldestMs: 0 }),
    eventLoop,
    version: '1.0.0',
    now: () => 0,
  });
  metrics.showNode({
    pool: createPool(),
    capacity: 1,
    browserMemory: async () => [],
    profiles: async () => null,
    pages: () => ({ ready: 0, receive: 0, send: 0, media: 0, chats: 0 }),
  });
  metrics.showWebhooks(() => Promise.reject(new Error('nobody is asked')));
  metrics.showFleet({
    fleet: { read: () => Promise.reject(new Error('nobody is asked')) },
    level: () => Promise.reject(new Error('nobody is asked')),
  });
  const { body } = await metrics.render();
  metrics.close();
  eventLoop.close();
  return new Set([...body.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name));
}
