import { useEffect, useState, type ReactElement } from 'react';

import type { Session } from '../../src/client/index.ts';
import type { SimulatedEvent } from '../../src/domain/simulation.ts';
import type { HealthReport } from '../../src/api/routes/health-routes.ts';
import { useWords } from '../../visualizer/shared/language.tsx';
import { useSignedIn } from '../../visualizer/shared/signed-in.tsx';
import { ProblemNotice } from '../problem-notice.tsx';
import { consoleWords } from '../words/index.ts';

const ANA = { phoneNumber: '5215550001111', displayName: 'Ana' };
/** Those that carry more than their name are for programs. */
type WithMore = 'launch_failures' | 'message' | 'acks' | 'lose_send' | 'refuse_sends' | 'restrict';

const PLAYS: readonly Exclude<SimulatedEvent['event'], WithMore>[] = [
  'scan',
  'refuse',
  'logout',
  'conflict',
  'block',
  'network_down',
  'network_up',
  'page_crash',
  'browser_crash',
  'hang',
];
const ONLY_WHILE_WAITING: ReadonlySet<string> = new Set(['scan', 'refuse']);

/** Buttons for the phone, network and browser of a simulated session; empty on a service with real ones. */
export function SimulatedPhone({ session }: { readonly session: Session }): ReactElement | null {
  const words = useWords(consoleWords).simulated;
  const { access, client } = useSignedIn();
  const isSimulated = useIsSimulated();
  const [problem, setProblem] = useState<unknown>(null);
  if (!isSimulated || access.scope === 'read_only') return null;

  const play = async (event: (typeof PLAYS)[number]): Promise<void> => {
    setProblem(null);
    const path = session.userId === access.userId ? '/api' : `/api/users/${encodeURIComponent(session.userId)}`;
    try {
      await client.request(`${path}/sessions/${session.id}/simulate`, {
        method: 'POST',
        json: event === 'scan' ? { event, ...ANA } : { event },
      });
    } catch (error) {
      setProblem(error);
    }
  };
  return (
    <section className="card panel simulated" aria-labelledby="simulated-title">
      <h2 id="simulated-title">{words.title}</h2>
      <p className="quiet small">{words.lead}</p>
      <div className="plays">
        {PLAYS.map((event) => (
          <button
            key={event}
            type="button"
            className="button"
            disabled={ONLY_WHILE_WAITING.has(event) && session.state !== 'waiting_qr'}
            onClick={() => void play(event)}
          >
            {words.events[event]}
          </button>
        ))}
      </div>
      {problem !== null && <ProblemNotice problem={problem} onDismiss={() => setProblem(null)} />}
    </section>
  );
}

/** Asked once for a page. */
let asked: Promise<boolean> | null = null;

function useIsSimulated(): boolean {
  const { client } = useSignedIn();
  const [isSimulated, setIsSimulated] = useState(false);
  useEffect(() => {
    asked ??= client.request('/health').then(async (answer) => {
      const { browser } = (await answer.json()) as HealthReport; // the service's answers are taken at their word
      return browser?.status === 'simulated';
    });
    asked.then(setIsSimulated).catch(() => (asked = null));
  }, [client]);
  return isSimulated;
}
