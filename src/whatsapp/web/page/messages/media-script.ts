/**
 * Files out and in. Out: from an input that is in no document, into which the browser puts a path. In: as a blob that
 * stays in the page and is read in pieces. What takes long is a job that is asked after, so that no call waits for long.
 */
export const MEDIA = String.raw`
  /** How long one question about a job waits for news. */
  const WAIT_MS = 5000;
  /** A file that nobody has read for so long is put away. */
  const IDLE_MS = 120000;
  const PIECE_BYTES = 1048576;
  /** What a message takes of the page's media model; all else in it is the page's own. */
  const FIELDS = ['type', 'mimetype', 'filename', 'filehash', 'encFilehash', 'uploadhash', 'size', 'directPath', 'clientUrl',
    'deprecatedMms3Url', 'mediaKey', 'mediaKeyTimestamp', 'streamingSidecar', 'firstFrameSidecar', 'mediaHandle', 'isGif',
    'gifAttribution', 'duration', 'width', 'height', 'fullWidth', 'fullHeight', 'aspectRatio', 'pageCount', 'preview',
    'waveform', 'isAnimated', 'isVcardOverMmsDocument', 'mediaBlob', 'renderableUrl', 'caption'];

  const jobs = new Map();
  const start = (handle, work) => {
    const job = { state: { kind: 'working' }, done: null, idle: null };
    job.done = work().then(
      (state) => { job.state = state; },
      (error) => { job.state = { kind: 'failed', status: Number(error?.status) || null }; },
    );
    jobs.set(handle, job);
    touch(handle);
  };
  const touch = (handle) => {
    const job = jobs.get(handle);
    if (job === undefined) return;
    clearTimeout(job.idle);
    job.idle = setTimeout(() => jobs.delete(handle), IDLE_MS);
  };
  /** The job's state, at once where it is over, else after a while. */
  const ask = async (handle) => {
    const job = jobs.get(handle);
    if (job === undefined) return { kind: 'gone' };
    touch(handle);
    await Promise.race([job.done, new Promise((settle) => setTimeout(settle, WAIT_MS))]);
    const { blob: _blob, media: _media, ...said } = job.state;
    return said;
  };
  const close = ({ handle }) => {
    clearTimeout(jobs.get(handle)?.idle);
    jobs.delete(handle);
    inputs.delete(handle);
  };

  const inputs = new Map();
  const newInput = (handle) => {
    const input = document.createElement('input');
    input.type = 'file';
    inputs.set(handle, input);
    return input;
  };
  const prepare = async (file, as) => {
    const OpaqueData = need('WAWebMediaOpaqueData');
    const opaque = await OpaqueData.createFromData(file, file.type);
    const data = await need('WAWebPrepRawMedia')
      .prepRawMedia(opaque, { asSticker: as === 'sticker', asGif: as === 'gif', isPtt: as === 'voice', asDocument: as === 'document' })
      .waitForPrep();
    const object = need('WAWebMediaStorage').getOrCreateMediaObject(data.filehash);
    const mediaTypes = need('WAWebMmsMediaTypes');
    const mediaType = mediaTypes.msgToMediaType({ type: data.type, isGif: data.isGif });
    if (!(data.mediaBlob instanceof OpaqueData)) data.mediaBlob = await OpaqueData.createFromData(data.mediaBlob, data.mediaBlob.type);
    data.renderableUrl = data.mediaBlob.url();
    object.consolidate(data.toJSON());
    data.mediaBlob.autorelease();
    const { mediaEntry } = await need('WAWebMediaMmsV4Upload').uploadMedia({ mimetype: data.mimetype, mediaObject: object, mediaType });
    const all = { ...data.toJSON(), clientUrl: mediaEntry.mmsUrl, deprecatedMms3Url: mediaEntry.deprecatedMms3Url,
      directPath: mediaEntry.directPath, mediaKey: mediaEntry.mediaKey, mediaKeyTimestamp: mediaEntry.mediaKeyTimestamp,
      filehash: object.filehash, encFilehash: mediaEntry.encFilehash, uploadhash: mediaEntry.uploadHash,
      size: object.size ?? data.size, streamingSidecar: mediaEntry.sidecar, firstFrameSidecar: mediaEntry.firstFrameSidecar };
    const media = {};
    for (const field of FIELDS) if (all[field] !== undefined) media[field] = all[field];
    if (media.type === 'ptt' && media.waveform === undefined && object.contentInfo?.waveform) media.waveform = object.contentInfo.waveform;
    return { ...media, body: typeof media.preview === 'string' ? media.preview : undefined };
  };
  const upload = ({ handle, mimetype, filename, size, as }) => {
    const file = inputs.get(handle)?.files?.[0];
    inputs.delete(handle);
    start(handle, async () => {
      if (file === undefined || file.size !== size) return { kind: 'refused', message: 'The file is not there as it was announced' };
      return { kind: 'uploaded', media: await prepare(new File([file], filename, { type: mimetype }), as) };
    });
  };
  const takeUpload = (handle) => {
    const { state } = jobs.get(handle) ?? { state: null };
    if (state?.kind !== 'uploaded') throw new Error('nothing was uploaded');
    return state.media;
  };

  const mute = { addAnnotations() { return this; }, addPoint() { return this; } };
  const open = ({ handle, messageId }) => start(handle, async () => {
    const row = await rowOf(messageId);
    if (row === null || !row.directPath) return { kind: 'not_found' };
    const stage = () => String(row.mediaData?.mediaStage ?? '');
    if (stage() === 'REUPLOADING') return { kind: 'reuploading' };
    if (stage() !== 'RESOLVED' && typeof row.downloadMedia === 'function')
      await row.downloadMedia({ downloadEvenIfExpensive: true, rmrReason: 1 });
    if (stage() === 'REUPLOADING') return { kind: 'reuploading' };
    if (stage().includes('ERROR')) return { kind: 'expired' };
    try {
      const bytes = await need('WAWebDownloadManager').downloadManager.downloadAndMaybeDecrypt({
        directPath: row.directPath, encFilehash: row.encFilehash, filehash: row.filehash, mediaKey: row.mediaKey,
        mediaKeyTimestamp: row.mediaKeyTimestamp, type: row.type, mimetype: row.mimetype, mode: 'manual',
        signal: new AbortController().signal, downloadQpl: mute,
      });
      const blob = bytes instanceof Blob ? bytes : new Blob([bytes]);
      const file = mediaOf(row);
      return { kind: 'open', blob, offset: 0, size: blob.size, mimetype: file.mimetype, ...(file.filename ? { filename: file.filename } : {}) };
    } catch (error) {
      if (error?.status === 404 || error?.status === 410) return { kind: 'expired' };
      throw error;
    }
  });
  const base64Of = (blob) => new Promise((settle, fail) => {
    const reader = new FileReader();
    reader.onload = () => settle(reader.result.slice(reader.result.indexOf(',') + 1));
    reader.onerror = () => fail(new Error('the file cannot be read'));
    reader.readAsDataURL(blob);
  });
  const read = async ({ handle, bytes }) => {
    const job = jobs.get(handle);
    if (job?.state.kind !== 'open') throw new Error('no such file is open');
    touch(handle);
    const { blob, offset } = job.state;
    const end = Math.min(blob.size, offset + Math.max(1, Math.min(bytes, PIECE_BYTES)));
    const piece = end === offset ? '' : await base64Of(blob.slice(offset, end));
    job.state.offset = end;
    return { piece, done: end >= blob.size };
  };
`;
