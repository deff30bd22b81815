import { REGISTRY_NAMESPACE } from '../domain/registry-namespace.ts';
import type { Limits } from './stream/limits.ts';

/** Pods whose logs are collected: all pods of a namespace that a label selector chooses. */
export interface LogSource {
  readonly namespace: string;
  readonly selector: string;
}

/**
 * How long bundles are kept. A bundle beyond any of these limits is removed, the oldest first; the last one
 * never.
 */
export interface Keep {
  readonly ageMs: number;
  readonly bundles: number;
  /** The compressed size. */
  readonly bytes: number;
}

/** The log settings of a target: what is collected, how much at once, and how long it is kept. */
export interface LogSettings {
  readonly workloads: readonly LogSource[];
  /** The administrator's own patterns of secrets. */
  readonly redact: readonly string[];
  /** How far back a run is read that was never read before. */
  readonly windowMs: number;
  readonly limits: Limits;
  readonly keep: Keep;
}

/** The registry's own pods: only their lines hold audit events. */
export const REGISTRY_SELECTOR = 'docker-registry=default';
/** On each node, and seldom useful: collected on request only. */
export const NODE_CA: LogSource = { namespace: REGISTRY_NAMESPACE, selector: 'name=node-ca' };
