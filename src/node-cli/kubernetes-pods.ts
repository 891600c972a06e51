import { SupervisorError } from '../domain/errors.ts';
import type { Pods } from './pod-costs.ts';

interface KubernetesOptions {
  /** Such as `https://kubernetes.default.svc`. */
  readonly url: string;
  readonly namespace: string;
  /** Asked at each request: the cluster renews it. */
  readonly token: () => Promise<string>;
}

const DEADLINE_MS = 5_000;

class ClusterRefusedError extends SupervisorError {
  readonly code = 'CLUSTER_REFUSED';
  constructor(pod: string, status: number) {
    super(
      `The cluster answered ${status} to the annotation of pod "${pod}". The service account needs "patch" on pods.`,
    );
  }
}

/** The pods of one namespace, through the cluster's own interface. */
export function kubernetesPods({ url, namespace, token }: KubernetesOptions): Pods {
  return {
    async annotate(pod, annotations) {
      const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}`;
      const answer = await fetch(new URL(path, url), {
        method: 'PATCH',
        headers: {
          authorization: `Bearer ${await token()}`,
          'content-type': 'application/merge-patch+json',
        },
        body: JSON.stringify({ metadata: { annotations } }),
        signal: AbortSignal.timeout(DEADLINE_MS),
      });
      // Unread, it would hold its connection.
      await answer.body?.cancel();
      if (answer.status === 404) return false;
      if (!answer.ok) throw new ClusterRefusedError(pod, answer.status);
      return true;
    },
  };
}
