import type { Archive } from '../../src/archive/archive.ts';
import type { LogSettings } from '../../src/logs/settings.ts';
import type { Target } from '../target.ts';
import type { AuditCache } from './collect/audit-cache.ts';

/** What the activities of the logs work with. */
export interface LogPorts {
  readonly target: Target;
  readonly archive: Archive;
  readonly settings: LogSettings;
  readonly auditCache: AuditCache;
}
