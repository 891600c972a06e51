const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];

/** A size as people read it: `16.4 MB`. */
export function bytes(count: number): string {
  const power = Math.min(count < 1 ? 0 : Math.floor(Math.log10(count) / 3), UNITS.length - 1);
  return `${(count / 1_000 ** power).toFixed(power === 0 ? 0 : 1)} ${UNITS[power]}`;
}

/** `1 archive`, `2 archives`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Rows as a table with as many blanks as it takes; `right` are the columns of numbers. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string[] {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        right.includes(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [head, ...rows].map(line);
}
