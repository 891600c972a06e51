import { setUpBuild } from '#set-up';

/** Before any test: the service is built from the sources as they are now, since tests that run it in a process of its own run what its users run. */
export default setUpBuild;
