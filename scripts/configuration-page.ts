import { environmentSchema, type Variable } from '../src/config/environment.ts';
import { browserVariables } from '../src/config/variables/browser.ts';
import { observationVariables, processVariables, tokenVariables } from '../src/config/variables/serving.ts';
import { messageVariables } from '../src/config/variables/messages.ts';
import { limitVariables, sessionVariables, supervisorVariables } from '../src/config/variables/sessions.ts';
import { storeVariables, vaultVariables } from '../src/config/variables/storage.ts';
import { webhookVariables } from '../src/config/variables/webhooks.ts';

const SECTIONS: readonly { readonly title: string; readonly variables: object }[] = [
  { title: 'Process', variables: processVariables },
  { title: 'Store', variables: storeVariables },
  { title: 'Tokens', variables: tokenVariables },
  { title: 'Vault', variables: vaultVariables },
  { title: 'Limits', variables: limitVariables },
  { title: 'Browser', variables: browserVariables },
  { title: 'Sessions', variables: sessionVariables },
  { title: 'Messages', variables: messageVariables },
  { title: 'Supervisor', variables: supervisorVariables },
  { title: 'Webhooks', variables: webhookVariables },
  { title: 'Logs, metrics and tests', variables: observationVariables },
];

const INTRODUCTION = `<!-- Generated from src/config/environment.ts by "npm run docs:generate". Change it there. -->

# Configuration

The service reads these variables once, at its start. What the environment says wins over a \`.env\` file in the
directory of the project. An empty variable counts as unset. A bad value stops the start with one line, which names the
variable, the fault and an example; a secret is never shown. Durations are in milliseconds.

The defaults suit development. In production set at least \`NODE_ENV=production\`, \`DATA_DIR\`, \`JWT_SECRET\` or
\`JWT_JWKS_URL\`, [\`ENCRYPTION_KEYS\`](security.md#keys), and for more than one node \`REDIS_URL\`.
`;

/** The whole of docs/configuration.md, as Markdown. Every variable of the schema is in it once. */
export function configurationPage(): string {
  const sections = SECTIONS.map(({ title, variables }) => {
    const names = environmentSchema.keyof().options.filter((name) => name in variables);
    return [`## ${title}`, '', '| variable | default | meaning |', '| --- | --- | --- |', ...names.map(row), ''].join(
      '\n',
    );
  });
  return [INTRODUCTION, ...sections].join('\n');
}

function row(name: Variable): string {
  const { description, defaultValue, otherwise } = environmentSchema.shape[name].meta() ?? {};
  if (description === undefined) throw new Error(`${name} has no description: write one in src/config/variables`);
  const unset = defaultValue === undefined ? (otherwise ?? 'unset') : `\`${defaultValue}\``;
  const { example } = environmentSchema.shape[name].unwrap().meta() ?? {};
  const meaning =
    defaultValue === undefined && example !== undefined ? `${description} Example: \`${example}\`` : description;
  return `| \`${name}\` | ${unset} | ${meaning} |`;
}
