import { REGISTRY_NAMESPACE } from '../domain/registry-namespace.ts';
import type { Limits } from './stream/limits.ts';

/** Pods whose logs are collected: all in a namespace that a label selector chooses. */
export interface LogSource {
  readonly namespace: string;
  readonly selector: string;
}

/** How long bundles are kept: what passes any of these goes, the oldest first; never the last. */
export interface Keep {
  readonly ageMs: number;
  readonly bundles: number;
  /** Compressed. */
  readonly bytes: number;
}

/** What is collected of a target, how much at once, and for how long it is kept. */
export interface LogSettings {
  readonly workloads: readonly LogSource[];
  /** Patterns of secrets of one's own. */
  readonly redact: readonly string[];
  /** How far back a run is read that was never read before. */
  readonly windowMs: number;
  readonly limits: Limits;
  readonly keep: Keep;
}

/** The registry's own pods: the only ones whose lines say who did what. */
export const REGISTRY_SELECTOR = 'docker-registry=default';
/** On each node, and of little interest: collected where it is asked for. */
export const NODE_CA: LogSource = { namespace: REGISTRY_NAMESPACE, selector: 'name=node-ca' };
