import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';

/**
 * Adds the type of a workflow's failure to its log lines, as `errorType`. An error that leaves the workflow's
 * context on its way to the log keeps its message, but loses its type.
 */
export const interceptors: WorkflowInterceptorsFactory = () => {
  let errorType: string | undefined;
  return {
    inbound: [
      {
        execute: async (input, next) => {
          try {
            return await next(input);
          } catch (error) {
            errorType = typeOf(error);
            throw error;
          }
        },
      },
    ],
    outbound: [
      {
        getLogAttributes: (input, next) =>
          next(errorType === undefined ? input : { ...input, errorType }),
      },
    ],
  };
};

function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'type' in error && typeof error.type === 'string' ? error.type : error.name;
}
