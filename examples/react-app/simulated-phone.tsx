import type { ReactElement } from 'react';
import type { SessionView } from 'whatsapp-session-client';
import { useWhatsAppClient, useWhatsAppSession } from 'whatsapp-session-client/react';

type Play = readonly [label: string, ...events: readonly Readonly<Record<string, unknown>>[]];

const plays: Partial<Record<SessionView['status'], readonly Play[]>> = {
  waiting_qr: [['Scan the code', { event: 'scan', phoneNumber: '5215550001111', displayName: 'Ana' }]],
  ready: [
    ['Log out on the phone', { event: 'logout' }],
    ['Lose the network', { event: 'network_down' }, { event: 'browser_crash' }],
    ['Open it elsewhere', { event: 'conflict' }],
  ],
  reconnecting: [['Bring the network back', { event: 'network_up' }]],
};

/** Simulates the phone, its network and its browser. Only for the example: leave it out of your page. */
export function SimulatedPhone({ id }: { readonly id: string }): ReactElement | null {
  const client = useWhatsAppClient();
  const { status } = useWhatsAppSession(id);
  const possible = plays[status] ?? [];
  const play = async (events: readonly unknown[]): Promise<void> => {
    for (const json of events) await client.request(`/api/sessions/${id}/simulate`, { method: 'POST', json });
  };
  if (possible.length === 0) return null;
  return (
    <aside aria-label="Simulated phone">
      <p>No phone at hand? This one is simulated:</p>
      {possible.map(([label, ...events]) => (
        <button key={label} onClick={() => void play(events)}>
          {label}
        </button>
      ))}
    </aside>
  );
}
