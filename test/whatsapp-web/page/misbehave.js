/** Each way a page can go wrong by itself. */
export function misbehave(how) {
  switch (how.kind) {
    case 'hang':
      for (;;) {
        if (how.busy !== false) continue;
        // Blocks the renderer's only thread as well, but costs nothing.
        const request = new XMLHttpRequest();
        request.open('GET', '/wa/never', false);
        try {
          request.send();
        } catch {
          // The server is gone; keep hanging.
        }
      }
    case 'reload':
      location.reload();
      return;
    case 'blank':
      location.replace('about:blank');
      return;
    case 'dialog':
      if (how.dialog !== 'ask_to_leave') {
        window[how.dialog]('A question');
        return;
      }
      window.addEventListener('beforeunload', (event) => event.preventDefault());
      location.reload();
      return;
    case 'load_media':
      for (let index = 0; index < how.megabytes; index += 1)
        void fetch(`/wa/media?${index}`).then((media) => media.blob());
      return;
    case 'break_internals':
      window.require = (name) => {
        throw new Error(`Requiring unknown module "${name}"`);
      };
  }
}

/** Live objects of about so many megabytes. */
export function ballast(megabytes) {
  return Array.from({ length: megabytes }, (_, megabyte) =>
    Array.from({ length: 3_550 }, (_each, index) => ({
      id: `${megabyte}-${index}`,
      t: megabyte * index,
      tags: [megabyte, index, index * 2, index * 3],
      flags: { read: true, starred: false, forwarded: index % 2 === 0 },
      body: `message ${megabyte} ${index} `.padEnd(64, 'x'),
    })),
  );
}
