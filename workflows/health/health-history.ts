import { z } from 'zod';
import { historyRequestSchema } from '../../src/health/model/history.ts';
import type { HealthHistory, HistoryRequest } from '../../src/health/model/history.ts';
import { targetSchema } from '../../src/domain/request.ts';
import type { HealthState } from '../../src/health/model/state.ts';
import { healthHistoryActivities as activities } from '../activities.ts';
import { asFailure, readRequest } from '../failure.ts';

const lastSchema = z.strictObject({ target: targetSchema });

/** Reads the archive's history of a target for `purser health history`, summed up. */
export async function readHealthHistory(input: HistoryRequest): Promise<HealthHistory> {
  const request = readRequest(historyRequestSchema, input);
  try {
    const summary = `read the health history of ${request.target} from ${request.from}`;
    return await activities().readHealthHistory.executeWithOptions({ summary }, [request]);
  } catch (error) {
    throw asFailure(error, request.target);
  }
}

/** Reads the state of the last run from the archive, for `purser health status` if Temporal no longer has it. */
export async function readLastHealth(input: {
  readonly target: string;
}): Promise<HealthState | undefined> {
  const { target } = readRequest(lastSchema, input);
  try {
    const summary = `read the last health run of ${target} from the archive`;
    const { state } = await activities().readLastHealth.executeWithOptions({ summary }, [
      { target },
    ]);
    return state;
  } catch (error) {
    throw asFailure(error, target);
  }
}
