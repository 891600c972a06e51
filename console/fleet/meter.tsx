import type { ReactElement } from 'react';

interface MeterProps {
  readonly value: number;
  readonly max: number;
  readonly label: string;
}

/** How full something is. */
export function Meter({ value, max, label }: MeterProps): ReactElement {
  const share = max === 0 ? 0 : Math.min(1, value / max);
  return (
    <span
      className="meter"
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={max}
      aria-valuenow={value}
      data-full={share > 0.9}
    >
      <span style={{ transform: `scaleX(${share})` }} />
    </span>
  );
}
