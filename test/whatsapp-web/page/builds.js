/** The builds of WhatsApp's page, in the order in which they came; the last is one that nobody has seen. */
const BUILDS = ['2026-04', '2026-07', '2026-09', 'unseen'];

/** What each build calls anew. What linking, syncing, probing and logging out need has kept its name in all of them. */
const RENAMED = {
  WAWebSendMsgChatAction: 'WAWebChatMessageDispatch',
  WAWebFindChatAction: 'WAWebChatLookup',
  WAWebQueryExistsJob: 'WAWebExistsRequest',
  WAWebSendReactionMsgAction: 'WAWebReactionDispatch',
  WAWebSendMessageEditAction: 'WAWebEditDispatch',
  WAWebDownloadManager: 'WAWebMediaFetch',
  WAWebPrepRawMedia: 'WAWebMediaPreparation',
  WAWebMediaMmsV4Upload: 'WAWebMediaPush',
};

/** How a build differs from the one before it. */
export function traitsOf(build) {
  const at = BUILDS.indexOf(build);
  const since = (first) => at >= BUILDS.indexOf(first);
  return {
    /** Where a message's key has itself as one text. */
    keyText: since('unseen') ? '$3' : since('2026-07') ? '$1' : '_serialized',
    /** `loadEarlierMsgs` takes the chat alone, not an object with it. */
    earlierTakesChat: since('2026-07'),
    hasMinifiedErrors: since('2026-07'),
    /** The media model has an enumerable `__x_id`, which is nobody's. */
    mediaHasId: since('2026-09'),
    downloadAsksForMimetype: since('2026-09'),
    renamed: since('unseen') ? RENAMED : {},
  };
}

/** Makes the errors of a build: from July 2026 on they have lost their names. */
export function errorsOf({ hasMinifiedErrors }) {
  class t extends Error {
    name = 't';
  }
  return (name, message = name) => (hasMinifiedErrors ? new t('t') : Object.assign(new Error(message), { name }));
}
