import { startLibrary } from '../parts/library.ts';
import { browserBinary } from '../surroundings.ts';
import type { StartSender } from './sender.ts';

/** The bare library on the same browser: told over a pipe, with nothing around it. */
export const startLibrarySender: StartSender = async (web, directory) => {
  const library = await startLibrary({
    dataPath: directory,
    executablePath: await web.wrapperFor(browserBinary('chromium-headless-shell', 'BENCH_HEADLESS_SHELL')),
    headless: 'shell',
  });
  return {
    pid: library.pid,
    async link(id, number) {
      library.say(`start ${id}`);
      const { qr } = await library.until(id, 'qr');
      await web.phone(number, id).scan(qr ?? '');
      await library.until(id, 'ready');
    },
    text: async (id, chat, words) => library.say(`text ${id} ${chat} ${words}`),
    file: async (id, chat, path) => library.say(`file ${id} ${chat} ${path}`),
    end: () => library.end(),
  };
};
