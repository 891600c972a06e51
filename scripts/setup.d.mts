/** Builds what is run, unless it was built from the sources as they are now. */
export function setUpBuild(): Promise<void>;
