import type { Capabilities } from '../../../../domain/message.ts';

/**
 * Something that is needed of the page. `asks` is run in the page and is true where the page has it; it may throw where
 * not. It changes nothing and sends nothing.
 */
interface Need {
  /** The page's own name, as it is told when it is missing. */
  readonly name: string;
  readonly asks: string;
}

interface Part {
  readonly part: string;
  /** What cannot be done without it. `null`: what is linked and probed by, which the page driver sees for itself. */
  readonly capability: keyof Capabilities | null;
  readonly needs: readonly Need[];
}

const FUNCTIONS = (module: string, ...names: readonly string[]): readonly Need[] =>
  names.map((name) => ({ name: `${module}.${name}`, asks: `typeof need('${module}').${name} === 'function'` }));
const COLLECTION = (name: string, ...methods: readonly string[]): readonly Need[] =>
  methods.map((method) => ({
    name: `WAWebCollections.${name}.${method}`,
    asks: `typeof need('WAWebCollections').${name}.${method} === 'function'`,
  }));

const A_KEY = `new (need('WAWebMsgKey'))({ from: makeWid('1@c.us'), to: makeWid('2@c.us'), id: '3EB0', selfDir: 'out' })`;

/**
 * What this service needs of WhatsApp's page beyond what the library looks after, by what it is needed for. WhatsApp
 * ships a new page every few days: at each `ready` the page is asked for all of it.
 */
export const CAPABILITY_TABLE: readonly Part[] = [
  {
    part: 'link',
    capability: null,
    needs: [
      { name: 'WAWebSocketModel.Socket.state', asks: `typeof need('WAWebSocketModel').Socket.state === 'string'` },
      ...FUNCTIONS('WAWebSocketModel', 'Socket.logout'),
    ],
  },
  {
    part: 'ready',
    capability: null,
    needs: [{ name: 'WAWebSocketModel.Socket.hasSynced', asks: `'hasSynced' in need('WAWebSocketModel').Socket` }],
  },
  {
    part: 'receive',
    capability: 'receive',
    needs: [
      ...COLLECTION('Msg', 'on', 'get', 'getModelsArray'),
      { name: 'a listener on the list of messages', asks: `listensTo.has('messages')` },
      { name: 'the parts of a key', asks: `rows().every((row) => keyText(row.id) !== null)` },
    ],
  },
  {
    part: 'send',
    capability: 'send',
    needs: [
      ...FUNCTIONS('WAWebSendMsgChatAction', 'addAndSendMsgToChat'),
      ...FUNCTIONS('WAWebMsgKey', 'newId'),
      { name: 'the parts of a new key', asks: `keyText(${A_KEY}) === 'true_2@c.us_3EB0'` },
      { name: 'a key as text', asks: `String(${A_KEY}).includes('3EB0')` },
      ...FUNCTIONS('WAWebFindChatAction', 'findOrCreateLatestChat'),
      ...FUNCTIONS('WAWebQueryExistsJob', 'queryWidExists'),
      ...FUNCTIONS('WAWebUserPrefsMeUser', 'getMaybeMePnUser', 'getMaybeMeLidUser'),
      ...FUNCTIONS('WAWebWidFactory', 'createWid', 'asUserWidOrThrow'),
      ...COLLECTION('Chat', 'get'),
    ],
  },
  {
    part: 'find',
    capability: 'send',
    needs: COLLECTION('Msg', 'get', 'getModelsArray', 'getMessagesById'),
  },
  {
    part: 'media out',
    capability: 'media',
    needs: [
      ...FUNCTIONS('WAWebMediaOpaqueData', 'createFromData'),
      ...FUNCTIONS('WAWebPrepRawMedia', 'prepRawMedia'),
      ...FUNCTIONS('WAWebMediaStorage', 'getOrCreateMediaObject'),
      ...FUNCTIONS('WAWebMmsMediaTypes', 'msgToMediaType'),
      ...FUNCTIONS('WAWebMediaMmsV4Upload', 'uploadMedia'),
    ],
  },
  {
    part: 'media in',
    capability: 'media',
    needs: FUNCTIONS('WAWebDownloadManager', 'downloadManager.downloadAndMaybeDecrypt'),
  },
  {
    part: 'chats',
    capability: 'chats',
    needs: [...COLLECTION('Chat', 'getModelsArray'), ...COLLECTION('Contact', 'getModelsArray')],
  },
];

/** Run in the page: the needs of the table that it does not meet, as `[part, capability, name]`. Takes milliseconds. */
export const SELF_TEST = `
  const TABLE = [${CAPABILITY_TABLE.flatMap(({ part, capability, needs }) =>
    needs.map(
      ({ name, asks }) =>
        `[${JSON.stringify(part)}, ${JSON.stringify(capability)}, ${JSON.stringify(name)}, () => ${asks}]`,
    ),
  ).join(',\n')}];
  const selfTest = () => TABLE.filter(([, , , asks]) => {
    try {
      return asks() !== true;
    } catch {
      return true;
    }
  }).map(([part, capability, name]) => ({ part, capability, name }));
  /** What a page has been found to have, it keeps. */
  let isWhole = false;
  const lacks = (capability) => {
    if (isWhole) return false;
    const missing = selfTest();
    isWhole = missing.length === 0;
    return missing.some((one) => one.capability === capability);
  };
`;
