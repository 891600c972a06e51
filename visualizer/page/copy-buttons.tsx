import { useEffect, useState, type ReactElement } from 'react';

import { mermaidOf } from '../mermaid.ts';
import type { PlacedChart } from '../statechart/placed-chart.ts';
import type { Imaginable } from '../what-if/imaginable.ts';
import { useWords } from '../shared/language.tsx';
import { chartWords } from './words/index.ts';

const SAID_FOR_MS = 2_000;

/** The statechart for other tools: as a Mermaid diagram, and as the JSON that Stately's tools import. */
export function CopyButtons({
  chart,
  machine,
}: {
  readonly chart: PlacedChart;
  readonly machine: Imaginable['machine'];
}): ReactElement {
  const words = useWords(chartWords);
  const [said, setSaid] = useState<string | null>(null);
  useEffect(() => {
    if (said === null) return;
    const timer = setTimeout(() => setSaid(null), SAID_FOR_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = (text: string): void => {
    navigator.clipboard.writeText(text).then(
      () => setSaid(words.copied),
      () => setSaid(words.notCopied),
    );
  };
  return (
    <>
      <button type="button" className="button plain" onClick={() => copy(mermaidOf(chart.graph))}>
        {words.copyMermaid}
      </button>
      <button type="button" className="button plain" onClick={() => copy(JSON.stringify(machine.config, null, 2))}>
        {words.copyJson}
      </button>
      <span role="status" className="small said">
        {said}
      </span>
    </>
  );
}
