import type { Language } from '../visualizer/shared/languages.ts';

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

const formats = new Map<string, Intl.NumberFormat>();

function formatOf(language: Language, unit: (typeof UNITS)[number][0]): Intl.NumberFormat {
  const key = `${language} ${unit}`;
  const known = formats.get(key) ?? new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'narrow' });
  formats.set(key, known);
  return known;
}

/**
 * A time span in its largest unit, below ten of it with the next one: `3m 20s`, `15m`, `2d 4h`. Milliseconds; never
 * below nought.
 */
export function durationText(ms: number, language: Language): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const at = UNITS.findIndex(([unit, length]) => seconds >= length || unit === 'second');
  const [unit, length] = UNITS[at] ?? UNITS[3];
  const count = Math.floor(seconds / length);
  const largest = formatOf(language, unit).format(count);
  const next = UNITS[at + 1];
  const rest = next === undefined || count >= 10 ? 0 : Math.floor((seconds % length) / next[1]);
  return next === undefined || rest === 0 ? largest : `${largest} ${formatOf(language, next[0]).format(rest)}`;
}

const instants: Partial<Record<Language, Intl.DateTimeFormat>> = {};

/** A date with its time. The format is made once for a language: that costs more than all the rest of a row. */
export function instantText(instant: string, language: Language): string {
  const format = (instants[language] ??= new Intl.DateTimeFormat(language, {
    dateStyle: 'medium',
    timeStyle: 'medium',
  }));
  return format.format(new Date(instant));
}
