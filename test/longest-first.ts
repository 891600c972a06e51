import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files that take longest and are not the largest: on a fresh checkout Vitest begins with the largest, and would leave
 * these for the end, where one worker waits for the other.
 */
const LONG = [
  'test/whatsapp/web/web-driver.browser.test.ts',
  'test/chaos/single-faults.test.ts',
  'test/whatsapp/web/page-trouble.browser.test.ts',
  'test/end-to-end/life.test.ts',
  'test/end-to-end/image.test.ts',
  'test/test-kit/test-service.test.ts',
  'test/supervisor/session/second-intents.test.ts',
  'test/service/restart.test.ts',
  'test/service/shutdown.test.ts',
  'test/client/events.test.ts',
  'test/supervisor/fleet/lost-nodes.test.ts',
  'test/webhooks/outages.test.ts',
  'test/messaging/messages-out.test.ts',
  'test/vault-cli/as-a-user.test.ts',
  'test/docs/commands.test.ts',
  'test/machines/session-paths.test.ts',
];

const isLong = ({ moduleId }: TestSpecification): boolean => LONG.some((file) => moduleId.endsWith(`/${file}`));

/** Within each project the longest files first, so that all workers end at about the same time. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return [...new Set(sorted.map(({ project }) => project))].flatMap((project) => {
      const own = sorted.filter((file) => file.project === project);
      return own.filter(isLong).concat(own.filter((file) => !isLong(file)));
    });
  }
}
