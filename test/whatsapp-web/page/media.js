import { Model } from './model.js';

/** Bytes that the page passes around without looking at them. */
class OpaqueData {
  #blob;

  constructor(blob) {
    this.#blob = blob;
  }

  static async createFromData(blob) {
    return new OpaqueData(blob);
  }

  get size() {
    return this.#blob.size;
  }

  url() {
    return 'blob:opaque';
  }

  formData() {
    return this.#blob;
  }

  autorelease() {}

  forceToBlob() {
    return this.#blob;
  }
}

function typeOf(mimetype, { asSticker, asDocument, isPtt }) {
  if (asSticker) return 'sticker';
  if (isPtt) return 'ptt';
  const kind = mimetype.split('/')[0];
  return asDocument || !['image', 'video', 'audio'].includes(kind) ? 'document' : kind;
}

/** Media on their way out and in. Nothing is encrypted; the server keeps the bytes as they are. */
export function createMedia({ connection, traits, makeError }) {
  const objects = new Map();
  let prepared = 0;

  const stages = { 200: 'RESOLVED', 404: 'ERROR_MISSING', 410: 'REUPLOADING' };
  const address = ({ directPath }) => `/wa/files/${directPath.slice('/v/'.length)}`;

  return {
    attributesOf: ({ id, media, body }) => ({
      directPath: media.path ?? `/v/${id}`,
      mediaKey: 'a key',
      mimetype: media.mimetype,
      size: media.size,
      filehash: media.sha256,
      ...(media.filename ? { filename: media.filename } : {}),
      caption: body,
      mediaData: new Model({ mediaStage: 'NEED_POKE', mimetype: media.mimetype, size: media.size }),
    }),
    /** Finds out where the file is; asks the phone for one that the server has no more. */
    async download(message) {
      const { status } = await fetch(address(message), { method: 'HEAD' });
      message.mediaData.set({ mediaStage: stages[status] ?? 'ERROR_UNKNOWN' });
      if (status === 410) await connection.post('action', { kind: 'reupload', data: { id: message.id.id } });
    },
    modules: {
      WAWebMediaOpaqueData: OpaqueData,
      WAWebPrepRawMedia: {
        prepRawMedia: (opaque, params) => ({
          async waitForPrep() {
            const blob = opaque.formData();
            if (blob.type === 'image/broken') throw makeError('InvalidMediaFileType');
            const type = typeOf(blob.type, params);
            return new Model({
              ...(traits.mediaHasId ? { __x_id: undefined } : {}),
              type,
              mimetype: blob.type,
              size: blob.size,
              filename: type === 'document' ? blob.name : undefined,
              isGif: params.asGif === true,
              filehash: `hash-${(prepared += 1)}`,
              mediaBlob: opaque,
            });
          },
        }),
      },
      WAWebMediaStorage: {
        getOrCreateMediaObject(filehash) {
          const known = objects.get(filehash) ?? {
            filehash,
            contentInfo: {},
            consolidate(data) {
              Object.assign(this, data);
            },
          };
          objects.set(filehash, known);
          return known;
        },
      },
      WAWebMmsMediaTypes: { msgToMediaType: ({ type }) => type, castToV4: (type) => type },
      WAWebMediaDataUtils: { shouldUseMediaCache: () => false },
      WAWebMediaInMemoryBlobCache: { InMemoryMediaBlobCache: { put() {} } },
      WAWebMediaMmsV4Upload: {
        async uploadMedia({ mediaObject, mimetype }) {
          const response = await fetch(`/wa/files?mimetype=${encodeURIComponent(mimetype)}`, {
            method: 'POST',
            body: mediaObject.mediaBlob.formData(),
          });
          if (!response.ok) throw makeError('MediaUploadError');
          const { id } = await response.json();
          return {
            mediaEntry: {
              mmsUrl: `https://mmg.whatsapp.net/v/${id}`,
              directPath: `/v/${id}`,
              mediaKey: 'a key',
              mediaKeyTimestamp: 1,
              encFilehash: 'e',
              uploadHash: 'u',
            },
          };
        },
      },
      WAWebDownloadManager: {
        downloadManager: {
          async downloadAndMaybeDecrypt(media) {
            if (traits.downloadAsksForMimetype && !media.mimetype) throw makeError('InvalidMediaFileType');
            const response = await fetch(address(media));
            if (!response.ok) throw Object.assign(makeError('MediaNotFoundError'), { status: response.status });
            return response.arrayBuffer();
          },
        },
      },
    },
  };
}
