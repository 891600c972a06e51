import type { Session, SessionMemory } from '../../src/client/index.ts';
import type { Language } from '../../visualizer/shared/languages.ts';
import { nameOf } from '../../visualizer/shared/live-sessions.ts';

/** What was last told of browsers, by the whole names of their sessions. */
export type KnownMemory = ReadonlyMap<string, SessionMemory>;

export function byName(told: readonly SessionMemory[]): KnownMemory {
  return new Map(told.map((memory) => [nameOf(memory), memory]));
}

/**
 * Bytes of the browser that the session has now; `null` when they are not known. What was read before the session's
 * last change is of no use any more.
 */
export function memoryOf(session: Session, known: KnownMemory): number | null {
  const memory = session.state === 'ready' ? known.get(nameOf(session)) : undefined;
  return memory === undefined || Date.parse(memory.measuredAt) < Date.parse(session.since) ? null : memory.bytes;
}

const MIB = 2 ** 20;
const formats: Partial<Record<Language, Intl.NumberFormat>> = {};

/** Such as `312 MB`. */
export function memoryText(bytes: number, language: Language): string {
  const format = (formats[language] ??= new Intl.NumberFormat(language, {
    style: 'unit',
    unit: 'megabyte',
    maximumFractionDigits: 0,
  }));
  return format.format(bytes / MIB);
}
