/** Major, minor and build: what comes after them never changes how anything is stored. */
const WEIGHED = 3;

const numbersOf = (version: string): number[] => version.split('.').slice(0, WEIGHED).map(Number);

/** Whether a program of this version, such as `143.0.7499.40`, may not know what one of the other has stored. */
export function isOlder(version: string, than: string): boolean {
  const [own, other] = [numbersOf(version), numbersOf(than)];
  for (let place = 0; place < WEIGHED; place += 1) {
    const difference = (own[place] ?? 0) - (other[place] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
