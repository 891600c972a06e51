import type { Reporter, TestCase, TestModule } from 'vitest/node';

const fromEnvironment = (name: string): number => Number(process.env[name] ?? 0);

/**
 * Ends the run with the one line a machine reads: "N passed, N failed". `npm test` has it add its own checks. A file
 * that cannot be loaded and an error outside any test each count as a failure; what was skipped is named, since nothing
 * should be.
 */
export default class TotalsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const tests: TestCase[] = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string): number => tests.filter((test) => test.result().state === state).length;
    const broken = modules.filter(
      (module) => !module.ok() && ![...module.children.allTests()].some((test) => test.result().state === 'failed'),
    );
    for (const test of tests.filter((one) => one.result().state === 'skipped'))
      this.#print(`skipped: ${test.fullName}`);
    const passed = count('passed') + fromEnvironment('CHECKS_PASSED');
    const failed = count('failed') + broken.length + unhandledErrors.length + fromEnvironment('CHECKS_FAILED');
    this.#print(`${passed} passed, ${failed} failed`);
  }

  #print(line: string): void {
    process.stdout.write(`${line}\n`);
  }
}
