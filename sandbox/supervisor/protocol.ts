import { z } from 'zod';
import { processRef } from '../../src/process-identity.ts';

/** The supervisor's configuration, as JSON in its one argument. */
export const supervisorConfig = z.object({
  dataDir: z.string(),
  /** Whether the folder is removed when all programs have ended. */
  ephemeral: z.boolean(),
  lockFile: z.string(),
  lockNonce: z.string(),
  /** Files that show that the sandbox runs; removed when it stops. */
  announcements: z.array(z.string()),
  /** The list of running programs, for the cleanup after a supervisor that was killed. */
  processesFile: z.string(),
});
export type SupervisorConfig = Readonly<z.infer<typeof supervisorConfig>>;

const spec = z.object({
  name: z.string(),
  command: z.string(),
  args: z.array(z.string()),
  env: z.record(z.string(), z.string()).optional(),
  cwd: z.string().optional(),
  logFile: z.string(),
});
export type SupervisedSpec = Readonly<z.infer<typeof spec>>;

/** From the sandbox to its supervisor. */
export const request = z.discriminatedUnion('type', [
  z.object({ type: z.literal('start'), id: z.int(), spec }),
  z.object({ type: z.literal('stop'), id: z.int(), name: z.string() }),
  z.object({ type: z.literal('shutdown') }),
]);
export type Request = Readonly<z.infer<typeof request>>;

const exit = z.object({
  name: z.string(),
  code: z.int().nullable(),
  signal: z.string().nullable(),
  logFile: z.string(),
  lastLines: z.array(z.string()).readonly(),
});

/** From the supervisor to the sandbox. */
export const report = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('started'), id: z.int(), name: z.string(), process: processRef }),
  z.object({ type: z.literal('stopped'), id: z.int(), name: z.string() }),
  z.object({ type: z.literal('failed'), id: z.int(), message: z.string() }),
  z.object({ type: z.literal('exited'), exit }),
]);
export type Report = Readonly<z.infer<typeof report>>;

export const processList = z.array(z.object({ name: z.string(), process: processRef }));
export type ProcessList = Readonly<z.infer<typeof processList>>;

/** How long a program may take to exit after SIGTERM before it gets SIGKILL. */
export const killAfterMs = 5_000;
