import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import { faultOf, unplanned } from './arrows.ts';
import { importsOf, readImports } from './imports.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What is said of the imports of one file. */
const faultsIn = (file: string, source: string) => importsOf(file, source).map(faultOf);

describe('The arrows between the rooms', () => {
  const imports = readImports(ROOT);

  it('all point one way, those of types included', () => {
    const faults = imports.flatMap((one) => {
      const fault = faultOf(one);
      return fault === null ? [] : [`${one.from} → ${one.to}: ${fault}`];
    });
    expect(faults).toEqual([]);
  });

  it('lead to and from rooms of the plan only', () => {
    expect(unplanned(imports.map(({ from }) => from))).toEqual([]);
  });

  it('were all read', () => {
    expect(imports.length).toBeGreaterThan(3_000);
    expect(imports).toContainEqual({ from: 'src/main.ts', to: 'src/service.ts', isTypeOnly: false });
  });
});

describe('An arrow that is turned round', () => {
  it.each([
    ['src/store/stores.ts', "import { createApp } from '../api/app.ts';", 'store must not import api'],
    ['src/store/stores.ts', "import type { Api } from '../api/app.ts';", 'store must not import api'],
    ['src/store/stores.ts', "export type { Vault } from '../vault/vault.ts';", 'store must not import vault'],
    ['src/store/stores.ts', "await import('../service.ts');", 'store must not import service.ts'],
    ['src/vault/vault.ts', "import '../vault-cli/run.ts';", 'vault must not import vault-cli'],
    ['src/api/app.ts', "import '../supervisor/worker.ts';", 'api must not import supervisor'],
    [
      'src/domain/session.ts',
      "import { sessionMachine } from '../../machines/session.machine.ts';",
      'a statechart is imported for its types only',
    ],
    ['src/api/app.ts', "import '../../test/redis.ts';", 'the service must not import test'],
    ['machines/session.machine.ts', "import '../src/domain/session.ts';", 'machines must not import src'],
    ['machines/session.machine.ts', "import 'zod';", 'a statechart imports xstate alone, not zod'],
    ['visualizer/graph.ts', "import '../console/main.tsx';", 'visualizer must not import console'],
  ])('is seen: %s, %s', (file, source, fault) => {
    expect(faultsIn(file, source)).toEqual([fault]);
  });

  it('is not seen where it points the right way', () => {
    const source =
      "import { z } from 'zod'; import type { A } from '../../machines/session.machine.ts'; import './b.ts';";
    expect(faultsIn('src/store/stores.ts', source)).toEqual([null, null, null]);
  });
});
