import { SignJWT } from 'jose';

interface WelcomeOptions {
  /** The generated secret of a development service. */
  readonly secret: Uint8Array;
  readonly url: string;
  readonly audience: string | null;
  readonly issuer: string | null;
  readonly driver: string;
  /** Adds the call that simulates a scan. */
  readonly playsPhones: boolean;
}

/**
 * The first screen for a developer: an admin's token, the console signed in with it, and the three calls that create a
 * session, show its QR code and follow its events. Only for services whose secret was generated, since a reader of the
 * token may do everything.
 */
export async function welcome({ secret, url, audience, issuer, driver, playsPhones }: WelcomeOptions): Promise<string> {
  const token = new SignJWT({ scope: 'admin' })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('admin')
    .setIssuedAt()
    .setExpirationTime('12h');
  if (audience !== null) token.setAudience(audience);
  if (issuer !== null) token.setIssuer(issuer);
  const signed = await token.sign(secret);
  const sales = `${url}/api/sessions/sales`;
  return `
  Listening on ${url} (documentation: ${url}/docs), driver: ${driver}.
  Development only: this token may do everything for twelve hours. The console, signed in with it:

    ${url}/#token=${signed}

  On the command line:

    export TOKEN=${signed}

  Create a session, see its QR code, follow its events:

    curl -X POST ${url}/api/sessions -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{"id":"sales"}'
    curl '${sales}/qr?format=text' -H "Authorization: Bearer $TOKEN"
    curl -N ${sales}/events -H "Authorization: Bearer $TOKEN"
${playsPhones ? simulatedScan(sales) : ''}
`;
}

function simulatedScan(session: string): string {
  return `
  Play the phone that scans it:

    curl -X POST ${session}/simulate -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{"event":"scan","phoneNumber":"5215550001111"}'
`;
}
