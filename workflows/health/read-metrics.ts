import { z } from 'zod';
import { targetSchema } from '../../src/domain/request.ts';
import type { RegistryMetrics } from '../../activities/health/read-metrics.ts';
import { firstStepOn } from '../activities.ts';
import { asFailure, readRequest } from '../failure.ts';

const inputSchema = z.strictObject({ target: targetSchema, raw: z.boolean() });

/** Reads the metrics of each replica of a target's registry, for `purser metrics`. */
export async function readMetrics(input: {
  readonly target: string;
  readonly raw: boolean;
}): Promise<RegistryMetrics> {
  const { target, raw } = readRequest(inputSchema, input);
  try {
    const summary = `read the metrics of the registry of ${target}`;
    return await firstStepOn(target).readMetrics.executeWithOptions({ summary }, [{ raw }]);
  } catch (error) {
    throw asFailure(error, target);
  }
}
