/** What only stickers and media from addresses need: 8 MB in each thread that would rarely be used. */
export const RARELY_USED = ['crypto', 'fluent-ffmpeg', 'mime', 'node-fetch', 'node-webpmux'] as const;

/** Behaves as the module from its first use on. `setFfmpegPath` is no use: each client calls it when it is made. */
export function lazyModule(load: () => object): unknown {
  let loaded: object | undefined;
  const early: unknown[][] = [];
  const real = (): object => {
    if (loaded === undefined) {
      loaded = load();
      for (const args of early) Reflect.apply(Reflect.get(loaded, 'setFfmpegPath') as () => void, loaded, args);
    }
    return loaded;
  };
  return new Proxy(function module() {}, {
    get: (_, property) =>
      property === 'setFfmpegPath' && loaded === undefined
        ? (...args: unknown[]) => void early.push(args)
        : (Reflect.get(real(), property) as unknown),
    has: (_, property) => Reflect.has(real(), property),
    apply: (_, self, args) => Reflect.apply(real() as () => unknown, self, args) as unknown,
    construct: (_, args) => Reflect.construct(real() as new () => object, args) as object,
  });
}
