import { errorReply } from '../wire/errors.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Reply } from '../wire/reply.ts';

/** The answer to a write on a full disk: 500 UNKNOWN; also counts the metric of the shipped alert. */
export function storageFullReply(metrics: Metrics, operation: string): Reply {
  metrics.storageError(operation, 'DEVICE_OUT_OF_SPACE');
  return errorReply('UNKNOWN', {
    detail: { DriverName: 'filesystem', Enclosed: { Op: 'write', Path: '/registry', Err: 28 } },
    printed: 'filesystem: write /registry: no space left on device',
  });
}
