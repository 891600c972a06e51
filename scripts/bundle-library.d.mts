/** Writes the bundle, and beside it what V8 makes of it, for this version of Node. */
export function bundleLibrary(outfile: string): Promise<void>;
