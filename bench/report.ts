/** One line of the table: the service beside what it is compared with, both measured in this run. */
export interface Row {
  readonly what: string;
  readonly unit: string;
  readonly service: number;
  /** What the ratio is to: named in `comparedWith`. */
  readonly baseline: number;
  readonly comparedWith: string;
  /** What the project asks of the ratio, where it asks something. */
  readonly wanted?: string;
}

export interface PartResult {
  readonly part: string;
  readonly rows: readonly Row[];
  /** What a reader of the numbers must know, one sentence each. */
  readonly notes: readonly string[];
}

/** The middle value; of an even count the mean of the two in the middle. NaN of none. */
export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] ?? Number.NaN) + (sorted[Math.floor(half)] ?? Number.NaN)) / 2;
};

/** The smallest value that at least this share of the values does not exceed. NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

const shown = (value: number): string => value.toFixed(value < 10 ? 2 : 0);

/** The result as a Markdown table, which reads well in a terminal too. */
export function table(results: readonly PartResult[]): string {
  const cells = [
    ['part', 'measured', 'service', 'baseline', 'ratio', 'compared with'],
    ...results.flatMap(({ part, rows }) =>
      rows.map(({ what, unit, service, baseline, comparedWith, wanted }) => [
        part,
        `${what}, ${unit}`,
        shown(service),
        shown(baseline),
        `${(service / baseline).toFixed(2)}${wanted === undefined ? '' : ` (wanted: ${wanted})`}`,
        comparedWith,
      ]),
    ),
  ];
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`);
  lines.splice(1, 0, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`);
  const notes = results.flatMap(({ part, notes: said }) => said.map((note) => `- ${part}: ${note}`));
  return [...lines, '', ...notes].join('\n');
}
