import { encodeB64 } from './base64.js';
import { MsgKey, createWid } from './wid.js';

const LINK = /\bhttps?:\/\/\S+/gu;
const findLinks = (text) =>
  [...(text ?? '').matchAll(LINK)].map(([href]) => ({ href, suspiciousCharacters: new Set() }));

/** `window.require`: the modules of WhatsApp Web that whatsapp-web.js reaches for. */
export function createInternals({ storage, session, chats, settings }) {
  const { Socket, Conn, Cmd } = session;
  const { collections } = chats;
  const me = (field) => {
    const device = storage.device();
    return device ? createWid(device[field]) : undefined;
  };
  class CallCollection extends Map {}
  const WAWebCallCollection = { calls: new CallCollection(), on() {} };

  const modules = {
    WABase64: { encodeB64 },
    WALinkify: { findLink: (text) => findLinks(text)[0], findLinks },
    WAWebAddonPollVoteTableMode: { pollVoteTableMode: { bulkUpsert: async () => {} } },
    WAWebAddonReactionTableMode: { reactionTableMode: { bulkUpsert: async () => {} } },
    WAWebAdvSignatureApi: {},
    WAWebAltDeviceLinkingApi: {
      setPairingType() {},
      initializeAltDeviceLinking: async () => {},
      initializeQRLinking: async () => {},
      startAltLinkingFlow: (phoneNumber) => session.requestPairingCode(phoneNumber),
    },
    WAWebApiContact: {
      getCurrentLid: () => undefined,
      getPhoneNumber: () => undefined,
      getAlternateUserWid: () => undefined,
    },
    WAWebCallCollection,
    WAWebChatGetters: {
      getIsNewsletter: ({ id }) => id.server === 'newsletter',
      getIsBroadcast: ({ id }) => id.server === 'broadcast',
    },
    WAWebChatLoadMessages: { loadEarlierMsgs: async () => [] },
    WAWebCmd: { Cmd },
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
    WAWebFindChatAction: { findOrCreateLatestChat: async (wid) => ({ chat: await collections.Chat.find(wid) }) },
    WAWebFrontendContactGetters: { getIsMyContact: () => true },
    WAWebGetEphemeralFieldsMsgActionsUtils: { getEphemeralFields: () => ({}) },
    WAWebLaunchSocketUtils: { refreshQR: () => session.refreshQR() },
    WAWebLidMigrationUtils: { toPn: (wid) => wid },
    WAWebLinkPreviewChatAction: { getLinkPreview: async () => null },
    WAWebMiscBrowserUtils: { info: () => ({ os: 'Linux', name: 'Chrome' }) },
    WAWebMsgKey: MsgKey,
    WAWebNonMessageDataRequestPlaceholderMessageResendUtils: { handlePlaceholderMsgsSeen() {} },
    WAWebOfflineHandler: { OfflineMessageHandler: { getOfflineDeliveryProgress: () => session.progress() } },
    WAWebQueryExistsJob: { queryWidExists: async (wid) => ({ wid }) },
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
    WAWebUpdateUnreadChatAction: { sendSeen: async ({ chat }) => chat.set({ unreadCount: 0 }) },
    WAWebUserPrefsInfoStore: { waNoiseInfo: { get: async () => ({ staticKeyPair: { pubKey: storage.noiseKey } }) } },
    WAWebUserPrefsMeUser: { getMaybeMePnUser: () => me('wid'), getMaybeMeLidUser: () => me('lid') },
    WAWebUserPrefsMultiDevice: { getADVSecretKey: () => storage.advSecret() },
    WAWebWidFactory: { createWid, createWidFromWidLike: createWid, asUserWidOrThrow: createWid },
  };

  for (const name of settings.missingModules) delete modules[name];
  return (name) => {
    if (!Object.hasOwn(modules, name)) throw new Error(`Requiring unknown module "${name}"`);
    return modules[name];
  };
}
