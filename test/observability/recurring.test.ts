import { beforeEach, describe, expect, it } from 'vitest';
import { sayRarely } from '../../src/observability/recurring.ts';

let now: number;
let said: { message: string; silenced: number }[];
let hear: (error: Error) => void;

beforeEach(() => {
  now = 1_000;
  said = [];
  hear = sayRarely(
    ({ message }, silenced) => said.push({ message, silenced }),
    () => now,
  );
});

describe('trouble that recurs', () => {
  it('is said the first time', () => {
    hear(new Error('refused'));
    expect(said).toEqual([{ message: 'refused', silenced: 0 }]);
  });

  it('is counted for a minute, and then said with the count', () => {
    for (let times = 0; times < 500; times += 1) hear(new Error('refused'));
    now += 59_999;
    hear(new Error('refused'));
    expect(said).toHaveLength(1);
    now += 1;
    hear(new Error('refused'));
    expect(said.at(-1)).toEqual({ message: 'refused', silenced: 500 });
    now += 60_000;
    hear(new Error('refused'));
    expect(said.at(-1)).toEqual({ message: 'refused', silenced: 0 });
  });

  it('of another kind is said beside it', () => {
    hear(new Error('refused'));
    hear(new Error('timed out'));
    expect(said.map(({ message }) => message)).toEqual(['refused', 'timed out']);
  });

  it('is the same whichever script met it', () => {
    hear(new Error('MISCONF full script: a1, on @user_script:1.'));
    hear(new Error('MISCONF full script: b2, on @user_script:22.'));
    expect(said).toHaveLength(1);
  });

  it('of ever new kinds does not fill the memory: it is said afresh', () => {
    for (let kind = 0; kind < 51; kind += 1) hear(new Error(`kind ${kind}`));
    hear(new Error('kind 0'));
    expect(said).toHaveLength(52);
  });
});
