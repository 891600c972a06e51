import type { LabelLine } from '../statechart/placed-chart.ts';
import { useWords } from '../shared/language.tsx';
import { chartWords } from './words/index.ts';

/** How to say what sets a transition off, in the reader's language. */
export function useTriggerText(): (trigger: Pick<LabelLine, 'kind' | 'text'>) => string {
  const words = useWords(chartWords).chart;
  return ({ kind, text }) => {
    switch (kind) {
      case 'event':
        return text;
      case 'delay':
        return words.after(text);
      case 'always':
        return words.always;
    }
  };
}
