/** A key that seals credentials, by the name that sealed archives carry. */
export interface EncryptionKey {
  readonly kid: string;
  /** 32 bytes. */
  readonly key: Buffer;
}
