import type { SimulationOptions } from './options.ts';

/** The characters of WhatsApp's pairing codes: no 0, I, O or U, which people misread. */
const PAIRING_ALPHABET = '123456789ABCDEFGHJKLMNPQRSTVWXYZ';
const PAIRING_LENGTH = 8;
/** The digit by which WhatsApp Web names its platform in a QR. */
const PLATFORM = '1';

/** What a browser that waits for a scan shows in every one of its QR codes: its public keys and its secret. */
export type DeviceKeys = string;

type Random = Pick<SimulationOptions, 'randomBytes'>;

/** Fresh keys of one browser: noise key, identity key and secret, 32 bytes each. */
export function createDeviceKeys({ randomBytes }: Random): DeviceKeys {
  const key = () => randomBytes(32).toString('base64');
  return [key(), key(), key()].join(',');
}

/**
 * A QR as WhatsApp Web draws it: `ref,noiseKey,identityKey,advSecret,platform`. Only the ref differs from one to the
 * next.
 */
export function createQrCode(keys: DeviceKeys, { randomBytes }: Random): string {
  return `2@${randomBytes(72).toString('base64')},${keys},${PLATFORM}`;
}

/** A pairing code as WhatsApp gives it: 8 characters, without the dash that people are shown. */
export function createPairingCode({ randomBytes }: Random): string {
  return Array.from(randomBytes(PAIRING_LENGTH), (byte) =>
    PAIRING_ALPHABET.charAt(byte % PAIRING_ALPHABET.length),
  ).join('');
}
