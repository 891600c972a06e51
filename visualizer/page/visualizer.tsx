import './visualizer.css';

import { useState, type ReactElement } from 'react';

import { breakerChart } from '../statechart/placed/breaker.generated.ts';
import { messageChart } from '../statechart/placed/message.generated.ts';
import { sessionChart } from '../statechart/placed/session.generated.ts';
import { supervisorChart } from '../statechart/placed/supervisor.generated.ts';
import { imaginableBreaker, imaginableSupervisor } from '../what-if/node.ts';
import { imaginableMessage } from '../what-if/message.ts';
import { imaginableSession } from '../what-if/session.ts';
import { useWords } from '../shared/language.tsx';
import { useLiveSession } from '../shared/signed-in.tsx';
import { TopBar } from '../shared/top-bar.tsx';
import { CopyButtons } from './copy-buttons.tsx';
import { FleetView } from './fleet-view.tsx';
import { NodeView } from './node-view.tsx';
import { goTo, MACHINES, placeOf, usePlace, type MachineName, type Place } from './route.ts';
import { SessionPicker } from './session-picker.tsx';
import { SessionView } from './session-view.tsx';
import { WhatIfView } from './what-if-view.tsx';
import { chartWords } from './words/index.ts';

const CHARTS = {
  session: sessionChart,
  message: messageChart,
  breaker: breakerChart,
  supervisor: supervisorChart,
} as const;
const IMAGINABLE = {
  session: imaginableSession,
  message: imaginableMessage,
  breaker: imaginableBreaker,
  supervisor: imaginableSupervisor,
} as const;

/** The statecharts: live, in the past, and as they might go. */
export function Visualizer(): ReactElement {
  const words = useWords(chartWords);
  const place = usePlace();
  const machine = machineOf(place);
  const [follow, setFollow] = useState(true);
  const looked = useLiveSession(place.view === 'session' ? place.userId : '', place.view === 'session' ? place.id : '');
  const live = liveOf(machine, place);
  const whatIf: Place = { view: 'what_if', machine, from: looked?.value ?? null };
  return (
    <>
      <TopBar page="visualizer" />
      <main id="content" className="visualizer" tabIndex={-1}>
        <h1 className="unseen">{words.chartOf(words.machines[machine])}</h1>
        <div className="bar">
          <nav className="tabs" aria-label={words.machine}>
            {MACHINES.map((name) => (
              <a key={name} href={placeOf(liveOf(name, place))} aria-current={name === machine ? 'page' : undefined}>
                {words.machines[name]}
              </a>
            ))}
          </nav>
          <fieldset className="segmented" aria-label={words.mode}>
            {(['live', 'what_if'] as const).map((mode) => (
              <label key={mode}>
                <input
                  type="radio"
                  name="mode"
                  checked={(place.view === 'what_if') === (mode === 'what_if')}
                  onChange={() => goTo(mode === 'live' ? live : whatIf)}
                />
                <span>{words.modes[mode]}</span>
              </label>
            ))}
          </fieldset>
          {(place.view === 'fleet' || place.view === 'session') && <SessionPicker place={place} />}
          {(place.view === 'session' || place.view === 'what_if') && (
            <label className="check">
              <input type="checkbox" checked={follow} onChange={({ target }) => setFollow(target.checked)} />
              {words.follow}
            </label>
          )}
          <span className="bar-end">
            <CopyButtons chart={CHARTS[machine]} machine={IMAGINABLE[machine].machine} />
          </span>
        </div>
        <div className="stage">
          <View place={place} follow={follow} />
        </div>
      </main>
    </>
  );
}

function View({ place, follow }: { readonly place: Place; readonly follow: boolean }): ReactElement {
  switch (place.view) {
    case 'fleet':
      return <FleetView />;
    case 'session':
      return <SessionView key={`${place.userId}/${place.id}`} userId={place.userId} id={place.id} follow={follow} />;
    case 'node':
      return (
        <NodeView key={place.machine} chart={CHARTS[place.machine]} machine={place.machine} nodeId={place.nodeId} />
      );
    case 'what_if':
      return (
        <WhatIfView
          key={`${place.machine} ${place.from}`}
          chart={CHARTS[place.machine]}
          imaginable={IMAGINABLE[place.machine]}
          from={place.from}
          follow={follow}
        />
      );
  }
}

/**
 * A machine live. From one machine of a node to another the node stays the same. Of messages the charts of sessions tell
 * nothing: theirs is only imagined.
 */
function liveOf(machine: MachineName, place: Place): Place {
  if (machine === 'message') return { view: 'what_if', machine, from: null };
  return machine === 'session'
    ? { view: 'fleet' }
    : { view: 'node', machine, nodeId: place.view === 'node' ? place.nodeId : null };
}

function machineOf(place: Place): MachineName {
  return place.view === 'node' || place.view === 'what_if' ? place.machine : 'session';
}
