import { appendFileSync } from 'node:fs';

/** One line of the table in docs/reliability.md. */
export interface Row {
  readonly fault: string;
  readonly outcome: string;
  /** From the fault to the outcome; `null` where nothing had to be recovered. */
  readonly recoveredMs: number | null;
}

/** Keeps a row for the table that `npm run chaos` prints. Elsewhere nobody asks for it. */
export function keepRow(row: Row): void {
  const file = process.env['CHAOS_ROWS'];
  if (file !== undefined && file !== '') appendFileSync(file, `${JSON.stringify(row)}\n`);
}
