/** Where the service is; the build puts it in, as Vite does. */
interface ImportMeta {
  readonly env: { readonly VITE_WHATSAPP_URL: string };
}

declare module '*.css';
