/** How long the same words are only counted after they were said. */
const QUIET_MS = 60_000;
/** Beyond so many kinds of trouble at once all are forgotten, and said afresh. */
const MOST_KINDS = 50;
/** Redis adds which script it was. */
const WHICH_SCRIPT = / script: .*$/;

interface Kind {
  readonly saidAt: number;
  /** Times it came since. */
  readonly silenced: number;
}

/**
 * Says an error the first time, and one like it no more than once a minute: a connection that fails fails many times a
 * second. `silenced` is how many were not said in between. `now` in milliseconds.
 */
export function sayRarely(say: (error: Error, silenced: number) => void, now: () => number): (error: Error) => void {
  const kinds = new Map<string, Kind>();
  return (error) => {
    const words = error.message.replace(WHICH_SCRIPT, '');
    const at = now();
    const { saidAt, silenced } = kinds.get(words) ?? { saidAt: -Infinity, silenced: 0 };
    if (at - saidAt < QUIET_MS) {
      kinds.set(words, { saidAt, silenced: silenced + 1 });
      return;
    }
    if (kinds.size >= MOST_KINDS) kinds.clear();
    kinds.set(words, { saidAt: at, silenced: 0 });
    say(error, silenced);
  };
}
