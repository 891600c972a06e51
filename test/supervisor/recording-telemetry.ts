import type { Telemetry } from '../../src/observability/telemetry.ts';

/** Keeps what it is told, a line for each thing. */
export class RecordingTelemetry implements Telemetry {
  readonly lines: string[] = [];

  moved(from: string, to: string, event: string): void {
    this.lines.push(`moved ${from} ${to} ${event}`);
  }

  lost(cause: string): void {
    this.lines.push(`lost ${cause}`);
  }

  launched(outcome: string): void {
    this.lines.push(`launched ${outcome}`);
  }

  recovered(durationMs: number): void {
    this.lines.push(`recovered ${durationMs >= 0 ? 'in time' : 'before it was lost'}`);
  }

  judged(verdict: string): void {
    this.lines.push(`judged ${verdict}`);
  }

  unreadable(kind: string): void {
    this.lines.push(`unreadable ${kind}`);
  }

  renewed(why: string): void {
    this.lines.push(`renewed ${why}`);
  }
}
