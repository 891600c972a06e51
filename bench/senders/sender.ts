import type { WhatsAppWeb } from '../../test/whatsapp-web/server.ts';

/** A program that sends messages through browsers of its own, in a process of its own. */
export interface Sender {
  /** Of its Node. */
  readonly pid: number;
  /** Opens a session and lets the phone of this number scan it. Resolves when it is ready. */
  link(id: string, number: string): Promise<void>;
  /** Asks for a text to be sent. Resolves when the program has said yes, or at once where it says nothing. */
  text(id: string, chat: string, words: string): Promise<void>;
  /** Asks for a file to be sent as a document; `null`: it cannot. */
  readonly file: ((id: string, chat: string, path: string) => Promise<void>) | null;
  end(): Promise<void>;
}

/** Starts one on a WhatsApp Web of the bench's. */
export type StartSender = (web: WhatsAppWeb, directory: string) => Promise<Sender>;
