/** What a script on Node writes: compiled against the packed client without the types of browsers and of React. */
import { createClient, createLiveSession, WaitTimeoutError, type SessionView } from 'whatsapp-session-client';

const client = createClient({ baseUrl: 'http://127.0.0.1:3000', token: 'token' });

export async function link(id: string, signal: AbortSignal): Promise<string> {
  await client.sessions.ensure(id, { metadata: { team: 'sales' }, signal });
  const drawing: string = await client.sessions.qr(id, { format: 'text' });
  try {
    const { phoneNumber } = await client.session(id).waitFor(['ready'], { timeoutMs: 60_000, signal });
    return phoneNumber;
  } catch (error) {
    return error instanceof WaitTimeoutError ? `${drawing} ${error.session?.value}` : 'lost';
  }
}

export async function greetings(signal: AbortSignal): Promise<readonly string[]> {
  const greeted: string[] = [];
  for await (const event of client.events({ signal, types: ['message.received'] }))
    if (event.type === 'message.received') greeted.push(`${event.message.from}: ${event.message.body}`);
  return greeted;
}

export function watch(id: string, show: (view: SessionView) => void): () => void {
  const live = createLiveSession(client, id);
  return live.subscribe(() => show(live.getSnapshot()));
}
