import type { Account, WhatsAppDriver } from '../../../src/whatsapp/device.ts';

/** One session under test, by every name by which a environment may find its browser. */
export interface Subject {
  readonly key: string;
  readonly profileDir: string;
  /** The account of the phone in this test's hand: its own number in each test. */
  readonly account: Account;
}

/** The phone's answer to a code. */
export type PhoneAnswer = { readonly kind: 'linked' } | { readonly kind: 'refused'; readonly why: string };

/**
 * A driver and its surroundings, which a test must be able to control: phones, WhatsApp's servers, the host.
 * One test has one environment. Each method resolves when the thing is done, not when the driver has noticed.
 */
export interface DriverEnvironment {
  readonly driver: WhatsAppDriver;
  /** A path for a fresh profile, where nothing exists yet. `dispose` removes it. */
  profileDir(): string;
  /** Points the subject's phone at this QR; a phone refuses one that is no longer shown. */
  scan(qrCode: string, subject: Subject): Promise<PhoneAnswer>;
  /** Types this pairing code into the subject's phone. */
  enterPairingCode(code: string, subject: Subject): Promise<PhoneAnswer>;
  /** Spends the QR that is shown, so that the page comes to show the next one. */
  spendQr(subject: Subject): Promise<void>;
  /** Lets so much time pass at once for the driver, and for nobody else. */
  pass(ms: number): Promise<void>;
  /** Logs the device out on the subject's phone, whether or not its browser is open. */
  logoutOnPhone(subject: Subject): Promise<void>;
  /** Opens the account elsewhere. */
  conflict(subject: Subject): Promise<void>;
  networkDown(subject: Subject): Promise<void>;
  networkUp(subject: Subject): Promise<void>;
  crashPage(subject: Subject): Promise<void>;
  /** Kills the browser's main process as a crash or the OOM killer would. */
  crashBrowser(subject: Subject): Promise<void>;
  /** The page stops answering, for good. */
  hang(subject: Subject): Promise<void>;
  /** Sends a message to the subject's account. `from` is a phone number. */
  receive(message: { readonly from: string; readonly text: string }, subject: Subject): Promise<void>;
  /** Sends a file to the subject's account. */
  receiveFile(
    file: { readonly from: string; readonly mimetype: string; readonly bytes: Buffer },
    subject: Subject,
  ): Promise<void>;
  /** What the phone has of what the subject sent, in its order. */
  sent(subject: Subject): Promise<readonly { readonly waId: string; readonly text: string }[]>;
  /** From now on WhatsApp takes what the subject sends, and acknowledges nothing. */
  holdAcks(subject: Subject): Promise<void>;
  /** All that the subject sent is acknowledged as delivered. */
  deliverSent(subject: Subject): Promise<void>;
  /** Browsers of this environment that have a process now. */
  liveBrowsers(): number | Promise<number>;
  /** Ends and removes all that the environment has made. The contract has shut the driver down before. */
  dispose(): Promise<void>;
}
