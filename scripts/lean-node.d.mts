/** How Node is started so that it keeps little memory. */
export const LEAN: { readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> };
