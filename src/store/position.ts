const POSITION = /^(\d{1,15})-(\d{1,10})$/;

/** Before the first event there ever was. */
export const BEGINNING = '0-0';

/** Whether a text has the form of a position in the event log; any other is a fault of the caller. */
export function isPosition(text: string): boolean {
  return POSITION.test(text);
}

/** Orders two positions: negative when `a` is the older. */
export function comparePositions(a: string, b: string): number {
  const [aMs = '0', aSeq = '0'] = a.split('-');
  const [bMs = '0', bSeq = '0'] = b.split('-');
  return Number(aMs) - Number(bMs) || Number(aSeq) - Number(bSeq);
}
