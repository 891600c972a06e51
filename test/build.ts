/**
 * Before any test: the service is built from the sources as they are now, since tests that run it in a process of its
 * own run what its users run.
 */
export { setUpBuild as setup } from '#set-up';
