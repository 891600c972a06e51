import { useState, type ReactElement } from 'react';

import type { FleetResource } from '../../src/api/routes/fleet-routes.ts';
import { useWords } from '../../visualizer/shared/language.tsx';
import { useSignedIn } from '../../visualizer/shared/signed-in.tsx';
import { ProblemNotice } from '../problem-notice.tsx';
import { consoleWords } from '../words/index.ts';

type FleetNode = FleetResource['nodes'][number];

/** Has a node give its sessions away, or take some again. It can be taken back at any time, so nobody is asked twice. */
export function DrainButton({ node }: { readonly node: FleetNode }): ReactElement {
  const words = useWords(consoleWords).fleet;
  const { client } = useSignedIn();
  const [order, setOrder] = useState<'none' | 'under_way'>('none');
  const [problem, setProblem] = useState<unknown>(null);
  const tell = async (): Promise<void> => {
    setOrder('under_way');
    setProblem(null);
    try {
      const verb = node.draining ? 'undrain' : 'drain';
      await client.request(`/api/fleet/nodes/${encodeURIComponent(node.nodeId)}/${verb}`, { method: 'POST' });
    } catch (error) {
      setProblem(error);
    }
    setOrder('none');
  };
  return (
    <div className="node-order">
      <button
        className="button"
        type="button"
        disabled={order === 'under_way'}
        aria-busy={order === 'under_way'}
        aria-label={node.draining ? words.undrainNode(node.nodeId) : words.drainNode(node.nodeId)}
        onClick={() => void tell()}
      >
        {node.draining ? words.undrain : words.drain}
      </button>
      {problem !== null && <ProblemNotice problem={problem} onDismiss={() => setProblem(null)} />}
    </div>
  );
}
