import { ensureError } from '../domain/errors.ts';
import type { NodeRegistry } from '../store/nodes.ts';
import { carriedBy } from './give-away.ts';

/** What writes to pods of this namespace. */
export interface Pods {
  /** `false`: there is no such pod. Throws where the cluster does not answer or refuses. */
  annotate(pod: string, annotations: Readonly<Record<string, string>>): Promise<boolean>;
}

/** A ReplicaSet that gets smaller ends the pod with the least of it first. */
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';

/** Tells a cluster what the end of each node would cost: the sessions that it carries. Only what changed is told. */
export class PodCosts {
  readonly #nodes: Pick<NodeRegistry, 'reports'>;
  readonly #pods: Pods;
  readonly #onError: (error: Error) => void;
  #told = new Map<string, number>();

  constructor(nodes: Pick<NodeRegistry, 'reports'>, pods: Pods, onError: (error: Error) => void) {
    this.#nodes = nodes;
    this.#pods = pods;
    this.#onError = onError;
  }

  /** One round over the living nodes, each of which has its pod's name. Never rejects. */
  async tell(): Promise<void> {
    try {
      const told = new Map<string, number>();
      for (const node of await this.#nodes.reports()) {
        const cost = carriedBy(node);
        if (this.#told.get(node.nodeId) === cost || (await this.#write(node.nodeId, cost))) told.set(node.nodeId, cost);
      }
      this.#told = told;
    } catch (thrown) {
      this.#onError(ensureError(thrown));
    }
  }

  async #write(pod: string, cost: number): Promise<boolean> {
    try {
      return await this.#pods.annotate(pod, { [DELETION_COST]: String(cost) });
    } catch (thrown) {
      this.#onError(ensureError(thrown));
      return false;
    }
  }
}
