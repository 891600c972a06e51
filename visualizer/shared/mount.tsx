import { StrictMode, useCallback, useEffect, useState, type ReactElement, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';

import type { Access } from './access.ts';
import { ConnectionBanner } from './connection-banner.tsx';
import { FailureBoundary } from './failure.tsx';
import { LanguageProvider } from './language.tsx';
import { SignIn, type Refusal } from './sign-in.tsx';
import { SignedInProvider } from './signed-in.tsx';
import { applyChosenTheme } from './theme.ts';
import {
  findAccess,
  forgetAccess,
  keepAccess,
  onAccessInAddress,
  type KeptAccess,
  type Keeping,
} from './token-keeping.ts';

type Visit = ({ readonly kind: 'signed_in' } & KeptAccess) | { readonly kind: 'signed_out'; readonly because: Refusal };

interface MountOptions {
  /** What who is not signed in sees as well: without `useSignedIn`, and without a connection to the service. */
  readonly isPublic?: boolean;
}

/** Draws a page: `content` once somebody is signed in, with everything of `useSignedIn`. */
export function mountPage(content: ReactNode, { isPublic = false }: MountOptions = {}): void {
  const root = document.querySelector('#page');
  if (root === null) throw new Error('The document has no #page');
  applyChosenTheme();
  createRoot(root).render(
    <StrictMode>
      <LanguageProvider>
        <FailureBoundary>
          <Gate first={beginVisit()} isPublic={isPublic}>
            {content}
          </Gate>
        </FailureBoundary>
      </LanguageProvider>
    </StrictMode>,
  );
}

function beginVisit(): Visit {
  const found = findAccess();
  return found === null ? { kind: 'signed_out', because: null } : { kind: 'signed_in', ...found };
}

interface GateProps {
  readonly first: Visit;
  readonly isPublic: boolean;
  readonly children: ReactNode;
}

function Gate({ first, isPublic, children }: GateProps): ReactElement {
  const [visit, setVisit] = useState(first);

  const signIn = useCallback((access: Access, keeping: Keeping): void => {
    keepAccess({ access, keeping });
    setVisit({ kind: 'signed_in', access, keeping });
  }, []);
  const signOut = useCallback((because: Refusal): void => {
    forgetAccess();
    setVisit({ kind: 'signed_out', because });
  }, []);
  useAnotherVisit(useCallback(() => setVisit(beginVisit()), []));

  if (visit.kind === 'signed_out')
    return isPublic ? <>{children}</> : <SignIn because={visit.because} onSignIn={signIn} />;
  const { access, keeping } = visit;
  return (
    <SignedInProvider
      key={access.token}
      access={access}
      keeping={keeping}
      keep={(next) => signIn(access, next)}
      signOut={() => signOut(null)}
      onRefused={() => signOut(access.expiresAt <= Date.now() ? 'expired' : 'refused')}
    >
      {!isPublic && <ConnectionBanner />}
      {children}
    </SignedInProvider>
  );
}

/**
 * Calls `begin` where a visit begins without the page being loaded: with a link that brings a token, and when Back or
 * Forward bring the page back as it was. In between the tab may have been signed out, or somebody else signed in.
 */
function useAnotherVisit(begin: () => void): void {
  useEffect(() => {
    const onShow = ({ persisted }: PageTransitionEvent): void => {
      if (persisted) begin();
    };
    addEventListener('pageshow', onShow);
    const stopListening = onAccessInAddress(begin);
    return () => {
      removeEventListener('pageshow', onShow);
      stopListening();
    };
  }, [begin]);
}
