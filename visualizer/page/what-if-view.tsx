import { useState, type ReactElement } from 'react';

import type { PlacedChart } from '../statechart/placed-chart.ts';
import { activeStates } from '../statechart/steps.ts';
import type { Chosen, Field, Imaginable } from '../what-if/imaginable.ts';
import {
  beginImagining,
  imagineEvent,
  imagineFrom,
  possibleEvents,
  readKnob,
  turnKnob,
  type Imagined,
  type PossibleEvent,
} from '../what-if/imagine.ts';
import { useWords } from '../shared/language.tsx';
import { Statechart } from './statechart.tsx';
import { chartWords } from './words/index.ts';

interface WhatIfViewProps {
  readonly chart: PlacedChart;
  readonly imaginable: Imaginable;
  /** A state to begin in; `null`: the beginning. */
  readonly from: string | null;
  readonly follow: boolean;
}

/** The machine alone: send it events, and see where they lead. */
export function WhatIfView({ chart, imaginable, from, follow }: WhatIfViewProps): ReactElement {
  const words = useWords(chartWords);
  const { graph } = chart;
  const first = (): Imagined =>
    from !== null && graph.nodes.some(({ id }) => id === `${graph.id}.${from}`)
      ? imagineFrom(imaginable, from)
      : beginImagining(imaginable);
  /** Each step is kept, so that one can go back. */
  const [lives, setLives] = useState<readonly Imagined[]>(() => [first()]);
  const [chosen, setChosen] = useState<Chosen>({});
  const life = lives.at(-1) ?? first();
  const step = life.steps.at(-1);
  const go = (next: Imagined): void => setLives([...lives, next]);
  const ahead = (event: PossibleEvent): Imagined => imagineEvent(imaginable, graph, life, event, chosen);
  const events = possibleEvents(graph, life.state);
  const fields = distinctFields(events.flatMap(({ name }) => imaginable.fieldsOf(name)));

  return (
    <>
      <div className="chart-area">
        <Statechart
          chart={chart}
          label={words.chartOf(words.whatIf.title)}
          active={activeStates(graph, life.state)}
          taken={step === undefined ? null : { edges: step.edges, key: lives.length }}
          follow={follow}
        />
      </div>
      <section className="side" aria-label={words.whatIf.title}>
        <h2>{words.whatIf.title}</h2>
        <p className="quiet small">{words.whatIf.lead}</p>
        <div className="side-actions">
          <button type="button" className="button" onClick={() => setLives([beginImagining(imaginable)])}>
            {words.whatIf.begin}
          </button>
          <button
            type="button"
            className="button"
            disabled={lives.length < 2}
            onClick={() => setLives(lives.slice(0, -1))}
          >
            {words.whatIf.back}
          </button>
        </div>
        <p className="mono here" role="status">
          {life.state}
        </p>
        <h3>{words.whatIf.knobs}</h3>
        <div className="knobs">
          {imaginable.knobs.map((knob) => (
            <label key={knob.name}>
              <span className="mono">{knob.name}</span>
              <input
                type="range"
                min={0}
                max={knob.most}
                value={readKnob(life, knob)}
                onChange={({ target }) => setLives([...lives.slice(0, -1), turnKnob(life, knob, Number(target.value))])}
              />
              <output className="mono">{readKnob(life, knob)}</output>
            </label>
          ))}
          {fields.map(({ name, choices }) => (
            <label key={name} className="choice">
              <span className="mono">{name}</span>
              <select
                value={chosen[name] ?? choices[0]}
                onChange={({ target }) => setChosen({ ...chosen, [name]: target.value })}
              >
                {choices.map((choice) => (
                  <option key={choice} value={choice}>
                    {words.whatIf.choices[choice] ?? choice}
                  </option>
                ))}
              </select>
            </label>
          ))}
        </div>
        <h3>{words.whatIf.events}</h3>
        {life.snapshot.status !== 'active' && <p className="quiet">{words.whatIf.end}</p>}
        <ul className="events">
          {events.map((event) => {
            const next = ahead(event);
            return (
              <li key={event.name}>
                <button type="button" onClick={() => go(next)} disabled={life.snapshot.status !== 'active'}>
                  <span className="mono">{event.label}</span>
                  <span className="mono quiet small">
                    {next.state === life.state ? words.whatIf.stays : `→ ${next.state.slice(graph.id.length + 1)}`}
                  </span>
                </button>
              </li>
            );
          })}
        </ul>
        <h3>{words.whatIf.path}</h3>
        {life.steps.length === 0 && <p className="quiet">{words.whatIf.empty}</p>}
        <ol className="imagined">
          {life.steps.toReversed().map(({ event, to, asks }, index) => (
            <li key={life.steps.length - index}>
              <span className="mono">
                {event} → {to.slice(graph.id.length + 1)}
              </span>
              {asks.length > 0 && (
                <span className="mono quiet small">
                  {words.whatIf.asks}: {asks.join(', ')}
                </span>
              )}
            </li>
          ))}
        </ol>
      </section>
    </>
  );
}

function distinctFields(fields: readonly Field[]): readonly Field[] {
  return [...new Map(fields.map((field) => [field.name, field])).values()];
}
