import type { KubeObject } from '../rest/object.ts';
import type { Subject } from '../rest/status.ts';
import type { Caller } from '../resources/resource.ts';

/** A change of an object that is about to be written. */
export interface AdmissionRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly subject: Subject;
  readonly subresource: string | undefined;
  readonly name: string;
  readonly namespace: string | undefined;
  /** Absent at a DELETE. */
  readonly object: KubeObject | undefined;
  /** Absent at a CREATE. */
  readonly old: KubeObject | undefined;
  readonly caller: Caller;
  readonly dryRun: boolean;
}
