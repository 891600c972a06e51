import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from 'yaml';

import { manifestsIn, type Manifest } from './manifests.ts';

const CHART = 'deploy/helm';

/** Values by their path, such as `image.tag`. */
export type Values = Readonly<Record<string, string>>;

export function defaultValues(): Values {
  return flat(parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')));
}

/**
 * What `helm template` makes of the chart, as far as its templates go: values, one `if` that is not nested, and one file.
 * Throws where a template uses more than that.
 */
export function renderedChart(values: Values, namespace: string): Manifest[] {
  return readdirSync(join(CHART, 'templates'))
    .toSorted()
    .flatMap((file) => manifestsIn(fill(readFileSync(join(CHART, 'templates', file), 'utf8'), values, namespace)));
}

function fill(template: string, values: Values, namespace: string): string {
  const kept = template.replaceAll(
    /[ \t]*\{\{- if (.+?) \}\}\n([\s\S]*?)[ \t]*\{\{- end \}\}\n/g,
    (_, condition: string, body: string) => (holds(condition, values) ? body : ''),
  );
  return kept.replaceAll(/\{\{-? ?(.+?) ?\}\}/g, (_, expression: string) => valueOf(expression, values, namespace));
}

function valueOf(expression: string, values: Values, namespace: string): string {
  if (expression === '.Release.Namespace') return namespace;
  const file = /^\.Files\.Get "([\w/.-]+)" \| indent (\d+)$/.exec(expression);
  if (file !== null) return indented(readFileSync(join(CHART, file[1] ?? ''), 'utf8'), Number(file[2]));
  return valueAt(expression, values);
}

function holds(condition: string, values: Values): boolean {
  const equal = /^eq (\S+) "(\w+)"$/.exec(condition);
  return equal === null ? valueAt(condition, values) === 'true' : valueAt(equal[1] ?? '', values) === equal[2];
}

function valueAt(expression: string, values: Values): string {
  const value = values[expression.replace(/^\.Values\./, '')];
  if (!expression.startsWith('.Values.') || value === undefined) throw new Error(`Not to be filled in: ${expression}`);
  return value;
}

const indented = (text: string, by: number): string => text.replaceAll(/^/gm, ' '.repeat(by));

function flat(values: unknown): Values {
  return Object.fromEntries(leaves(values, ''));
}

function leaves(value: unknown, path: string): [string, string][] {
  if (typeof value !== 'object' || value === null) return [[path, String(value)]];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, path === '' ? key : `${path}.${key}`));
}
