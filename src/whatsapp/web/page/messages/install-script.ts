import { ACTIONS } from './action-script.ts';
import { SELF_TEST } from './capability-table.ts';
import { LISTENER } from './listener-script.ts';
import { MEDIA } from './media-script.ts';
import { PAGE_WORDS } from './page-words.ts';
import { SENDER } from './send-script.ts';

/** How often a new document is looked at until it has defined itself. */
const LOOK_EVERY_MS = 20;

/** The name, in the page, of the object that answers the calls. */
export const IN_PAGE = 'supervisorMessages';

/**
 * Run in each new document before any of its own code: as soon as WhatsApp Web has defined its modules, listens to its
 * messages and stands ready for calls. Nothing of it is needed to link, to restore, to probe or to log out, and nothing
 * it throws reaches the page.
 */
export const INSTALL = `(() => {
  if (window !== window.top || window.${IN_PAGE}) return;
  const install = () => {
    ${PAGE_WORDS}
    ${LISTENER}
    ${SENDER}
    ${MEDIA}
    ${ACTIONS}
    ${SELF_TEST}
    const guarded = (capability, call) => async (request) =>
      lacks(capability) ? { kind: 'unsupported', capability } : call(request);
    return {
      selfTest,
      pull,
      act,
      newInput,
      ask: ({ handle }) => ask(handle),
      read,
      close,
      idForm: guarded('send', idForm),
      resolve: guarded('send', resolve),
      send: guarded('send', send),
      find: guarded('send', find),
      resend: guarded('send', resend),
      recent: guarded('receive', recent),
      upload: guarded('media', upload),
      open: guarded('media', open),
      list: guarded('chats', list),
      group: guarded('chats', group),
    };
  };
  const isThere = () => {
    try {
      return window.Debug?.VERSION !== undefined && typeof window.require === 'function' && window.require('WAWebCollections') !== undefined;
    } catch {
      return false;
    }
  };
  const look = () => {
    if (window.${IN_PAGE} || !isThere()) return;
    clearInterval(looking);
    try {
      window.${IN_PAGE} = install();
    } catch {
      window.${IN_PAGE} = undefined;
    }
  };
  const looking = setInterval(look, ${LOOK_EVERY_MS});
  look();
})()`;
