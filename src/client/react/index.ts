export { useWhatsAppClient, WhatsAppProvider } from './provider.ts';
export { SessionQr, type SessionQrLabels } from './session-qr.ts';
export { useSecondsLeft } from './use-seconds-left.ts';
export { useWhatsAppSession } from './use-whatsapp-session.ts';
