import { SupervisorError } from '../domain/errors.ts';
import { environmentSchema, type Environment, type Variable } from './environment.ts';

/**
 * A variable's value is refused. The message is one line: which variable, what is wrong, a value that would do. Secrets
 * are not in it.
 */
export class ConfigError extends SupervisorError {
  readonly code = 'CONFIG_INVALID';
  readonly variable: Variable;
  constructor(variable: Variable, fault: string, shown?: string) {
    const { example } = environmentSchema.shape[variable].unwrap().meta() ?? {};
    const value = shown === undefined ? '' : ` is ${JSON.stringify(shown.slice(0, 80))}:`;
    super(`${variable}${value} ${fault}. Example: ${variable}=${example}`);
    this.variable = variable;
  }
}

/**
 * Parses the environment, each variable by itself. Throws a {@link ConfigError} about the first that is refused.
 */
export function parseEnvironment(env: NodeJS.ProcessEnv): Environment {
  const present = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''),
  );
  const parsed = environmentSchema.safeParse(present);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const variable = environmentSchema.keyof().parse(issue?.path[0]);
  const isSecret = environmentSchema.shape[variable].unwrap().meta()?.isSecret === true;
  throw new ConfigError(variable, issue?.message ?? 'is refused', isSecret ? undefined : present[variable]);
}
