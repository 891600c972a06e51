import { encodeB64 } from './base64.js';
import { createWid } from './wid.js';

const LINK = /\bhttps?:\/\/\S+/gu;
const findLinks = (text) =>
  [...(text ?? '').matchAll(LINK)].map(([href]) => ({ href, suspiciousCharacters: new Set() }));

/** `window.require`: the modules of WhatsApp Web that whatsapp-web.js reaches for. */
export function createInternals(parts) {
  const { storage, session, chats, contacts, media, actions, settings, traits, makeError, MsgKey } = parts;
  const { Socket, Conn, Cmd } = session;
  const { collections } = chats;
  const me = (field) => {
    const device = storage.device();
    return device ? createWid(device[field]) : undefined;
  };
  const isKnown = (wid) => wid.isGroup() || collections.Chat.get(wid) !== undefined;

  const modules = {
    WABase64: { encodeB64 },
    WALinkify: { findLink: (text) => findLinks(text)[0], findLinks },
    WAWebAddonPollVoteTableMode: { pollVoteTableMode: { bulkUpsert: async () => {} } },
    WAWebAdvSignatureApi: {},
    WAWebAltDeviceLinkingApi: {
      setPairingType() {},
      initializeAltDeviceLinking: async () => {},
      initializeQRLinking: async () => {},
      startAltLinkingFlow: (phoneNumber) => session.requestPairingCode(phoneNumber),
    },
    WAWebApiContact: contacts,
    WAWebChatGetters: {
      getIsNewsletter: ({ id }) => id.server === 'newsletter',
      getIsBroadcast: ({ id }) => id.server === 'broadcast',
    },
    WAWebChatLoadMessages: {
      async loadEarlierMsgs(from) {
        if (traits.earlierTakesChat !== (from?.msgs !== undefined))
          throw new TypeError("Cannot read properties of undefined (reading 'msgs')");
        return [];
      },
    },
    WAWebCmd: {
      Cmd: Object.assign(Cmd, { sendRevokeMsgs: actions.sendRevokeMsgs, sendDeleteMsgs: actions.sendDeleteMsgs }),
    },
    WAWebCollections: collections,
    WAWebCompanionRegClientUtils: { DEVICE_PLATFORM: '1' },
    WAWebConnModel: { Conn },
    WAWebContactGetters: Object.fromEntries(
      [
        'IsMe',
        'IsUser',
        'IsGroup',
        'IsWAContact',
        'Userid',
        'VerifiedName',
        'VerifiedLevel',
        'StatusMute',
        'Name',
        'ShortName',
        'Pushname',
        'IsEnterprise',
      ].map((name) => [`get${name}`, (contact) => contact[name.charAt(0).toLowerCase() + name.slice(1)]]),
    ),
    WAWebFindChatAction: {
      async findOrCreateLatestChat(wid) {
        if (!isKnown(wid) && (await contacts.exists(wid)) === null) throw makeError('NoLidError', 'No LID for user');
        return { chat: await collections.Chat.find(wid) };
      },
    },
    WAWebFrontendVcardUtils: {
      vcardFromContactModel: ({ id, name }) => ({
        vcard: `BEGIN:VCARD\nFN:${name}\nTEL;waid=${id.user}:+${id.user}\nEND:VCARD`,
      }),
    },
    WAWebFrontendContactGetters: { getIsMyContact: () => true },
    WAWebGetEphemeralFieldsMsgActionsUtils: { getEphemeralFields: () => ({}) },
    WAWebLaunchSocketUtils: { refreshQR: () => session.refreshQR() },
    WAWebLidMigrationUtils: { toPn: (wid) => wid },
    WAWebLinkPreviewChatAction: {
      async getLinkPreview({ href }) {
        if (settings.linkPreview === 'hangs') await new Promise(() => {});
        return settings.linkPreview === 'none' ? null : { url: href, data: { title: 'A title', canonicalUrl: href } };
      },
    },
    WAWebMiscBrowserUtils: { info: () => ({ os: 'Linux', name: 'Chrome' }) },
    WAWebMsgKey: MsgKey,
    WAWebMsgReply: { canReplyMsg: (message) => message.type !== 'revoked' },
    WAWebNonMessageDataRequestPlaceholderMessageResendUtils: { handlePlaceholderMsgsSeen() {} },
    WAWebOfflineHandler: { OfflineMessageHandler: { getOfflineDeliveryProgress: () => session.progress() } },
    WAWebQueryExistsJob: { queryWidExists: (wid) => contacts.exists(wid) },
    WAWebSendMsgChatAction: { addAndSendMsgToChat: (chat, message) => chats.send(chat, message) },
    WAWebSignalStoreApi: {
      waSignalStore: {
        getRegistrationInfo: async () => ({
          registrationId: storage.registrationId,
          identityKeyPair: { pubKey: storage.identityKey },
        }),
      },
    },
    WAWebSocketModel: { Socket },
    WAWebStreamModel: { Stream: { markAvailable() {}, markUnavailable() {} } },
    WAWebSyncGatingUtils: { isPlaceholderMessageResendEnabled: () => false },
    WAWebUserPrefsInfoStore: { waNoiseInfo: { get: async () => ({ staticKeyPair: { pubKey: storage.noiseKey } }) } },
    WAWebUserPrefsMeUser: { getMaybeMePnUser: () => me('wid'), getMaybeMeLidUser: () => me('lid') },
    WAWebUserPrefsMultiDevice: { getADVSecretKey: () => storage.advSecret() },
    WAWebWidFactory: { createWid, createWidFromWidLike: createWid, asUserWidOrThrow: createWid },
    ...media.modules,
    ...actions.modules,
  };

  for (const [name, later] of Object.entries(traits.renamed)) {
    modules[later] = modules[name];
    delete modules[name];
  }
  for (const name of settings.missingModules) delete modules[name];
  return (name) => {
    if (!Object.hasOwn(modules, name)) throw new Error(`Requiring unknown module "${name}"`);
    return modules[name];
  };
}
