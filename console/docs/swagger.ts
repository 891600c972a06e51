/** What is used of Swagger UI, a script of its own that makes itself known by a global name. */
interface SwaggerUI {
  preauthorizeApiKey(scheme: string, key: string): void;
}

interface SwaggerOptions {
  readonly url: string;
  readonly domNode: HTMLElement;
  readonly deepLinking: boolean;
  readonly displayRequestDuration: boolean;
  readonly persistAuthorization: boolean;
  readonly validatorUrl: null;
  readonly onComplete: () => void;
}

declare global {
  var SwaggerUIBundle: ((options: SwaggerOptions) => SwaggerUI) | undefined;
}

/** The security scheme of the document that takes a user's token. */
const TOKEN_SCHEME = 'token';

/** Shows the service's OpenAPI document in an element; its calls bring the token, if there is one. */
export async function showApi(domNode: HTMLElement, token: string | null): Promise<void> {
  await Promise.all([loadStyles('/docs/swagger-ui.css'), loadScript('/docs/swagger-ui-bundle.js')]);
  if (globalThis.SwaggerUIBundle === undefined) throw new Error('Swagger UI did not come');
  const ui = globalThis.SwaggerUIBundle({
    url: '/openapi.json',
    domNode,
    deepLinking: true,
    displayRequestDuration: true,
    persistAuthorization: false,
    validatorUrl: null,
    onComplete: () => {
      if (token !== null) ui.preauthorizeApiKey(TOKEN_SCHEME, token);
    },
  });
}

function loadScript(src: string): Promise<void> {
  return loaded(Object.assign(document.createElement('script'), { src }));
}

/** Before the page's own styles, which say how it looks here. */
function loadStyles(href: string): Promise<void> {
  return loaded(Object.assign(document.createElement('link'), { rel: 'stylesheet', href }));
}

const elements = new Map<string, Promise<void>>();

/** Once for each address, however often it is asked for. */
function loaded(element: HTMLScriptElement | HTMLLinkElement): Promise<void> {
  const address = element instanceof HTMLScriptElement ? element.src : element.href;
  const known = elements.get(address);
  if (known !== undefined) return known;
  const loading = new Promise<void>((resolve, reject) => {
    element.addEventListener('load', () => resolve(), { once: true });
    element.addEventListener('error', () => reject(new Error(`${address} could not be loaded`)), { once: true });
  });
  elements.set(address, loading);
  document.head.prepend(element);
  return loading;
}
