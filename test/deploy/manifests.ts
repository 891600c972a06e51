import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { parseAllDocuments, parse } from 'yaml';
import { z } from 'zod';

const manifestSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});
/** One object as a cluster is given it. */
export type Manifest = z.infer<typeof manifestSchema>;

const kustomizationSchema = z.strictObject({
  apiVersion: z.string(),
  kind: z.enum(['Kustomization', 'Component']),
  namespace: z.string().optional(),
  resources: z.array(z.string()).default([]),
  components: z.array(z.string()).default([]),
  configMapGenerator: z
    .array(
      z.strictObject({
        name: z.string(),
        namespace: z.string().optional(),
        files: z.array(z.string()),
        options: z
          .strictObject({ disableNameSuffixHash: z.literal(true), labels: z.record(z.string(), z.string()) })
          .optional(),
      }),
    )
    .default([]),
  /** As they are: the tag that is given is the one that the manifests name. */
  images: z.array(z.strictObject({ name: z.string(), newName: z.string(), newTag: z.string() })).default([]),
});

/** The objects in one file. Throws where one is none. */
export function manifestsIn(text: string): Manifest[] {
  return parseAllDocuments(text)
    .map((document) => {
      const [error] = document.errors;
      if (error !== undefined) throw error;
      const value: unknown = document.toJS();
      return value;
    })
    .filter((value) => value !== null)
    .map((value) => manifestSchema.parse(value));
}

/**
 * What `kubectl kustomize` makes of a directory, as far as our own use it: files, components, and config maps out of
 * files. Throws where a directory uses more than that.
 */
export function rendered(directory: string): Manifest[] {
  const kustomization = kustomizationSchema.parse(parse(readFileSync(join(directory, 'kustomization.yaml'), 'utf8')));
  const parts = [...kustomization.resources, ...kustomization.components].flatMap((path) => {
    const full = join(directory, path);
    return statSync(full).isDirectory() ? rendered(full) : manifestsIn(readFileSync(full, 'utf8'));
  });
  const maps = kustomization.configMapGenerator.map(({ name, namespace, files, options }): Manifest => {
    const place = namespace ?? kustomization.namespace;
    const data = files.map((file) => {
      const [key = '', path = ''] = file.split('=');
      if (dirname(path) !== '.') throw new Error(`kustomize reads no file outside of ${directory}: ${path}`);
      return [key, readFileSync(join(directory, path), 'utf8')] as const;
    });
    return {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, ...(place !== undefined && { namespace: place }), ...(options && { labels: options.labels }) },
      data: Object.fromEntries(data),
    };
  });
  return [...parts, ...maps];
}
