import { useSyncExternalStore } from 'react';

export type MachineName = 'session' | 'message' | 'breaker' | 'supervisor';
/** A machine of which each node has one. */
export type NodeMachine = Exclude<MachineName, 'session' | 'message'>;
export const MACHINES: readonly MachineName[] = ['session', 'message', 'breaker', 'supervisor'];

/** What the page shows, as its address says it. */
export type Place =
  | { readonly view: 'fleet' }
  | { readonly view: 'session'; readonly userId: string; readonly id: string }
  /** `nodeId`: the one node to show; `null`: all of them. */
  | { readonly view: 'node'; readonly machine: NodeMachine; readonly nodeId: string | null }
  /** `from`: the state of a session where imagining begins. */
  | { readonly view: 'what_if'; readonly machine: MachineName; readonly from: string | null };

export function placeOf(place: Place): string {
  switch (place.view) {
    case 'fleet':
      return '#/';
    case 'session':
      return `#/session/${encodeURIComponent(place.userId)}/${encodeURIComponent(place.id)}`;
    case 'node':
      return `#/machine/${place.machine}${place.nodeId === null ? '' : `/${encodeURIComponent(place.nodeId)}`}`;
    case 'what_if':
      return `#/what-if/${place.machine}${place.from === null ? '' : `/${place.from}`}`;
  }
}

export function readPlace(hash: string): Place {
  const [view, first = '', second = ''] = hash.replace(/^#?\/?/, '').split('/');
  const machine = MACHINES.find((name) => name === first);
  if (view === 'session' && first !== '' && second !== '') return { view, userId: decode(first), id: decode(second) };
  if (view === 'machine' && machine !== undefined && machine !== 'session' && machine !== 'message')
    return { view: 'node', machine, nodeId: second === '' ? null : decode(second) };
  if (view === 'what-if' && machine !== undefined)
    return { view: 'what_if', machine, from: second === '' ? null : second };
  return { view: 'fleet' };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function usePlace(): Place {
  return readPlace(useSyncExternalStore(subscribe, () => location.hash));
}

export function goTo(place: Place): void {
  location.hash = placeOf(place);
}

function subscribe(listener: () => void): () => void {
  addEventListener('hashchange', listener);
  return () => removeEventListener('hashchange', listener);
}
