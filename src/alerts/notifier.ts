import type { Alert, Severity } from './model/alert.ts';

/** An alert, with what the reader gets to look further. */
export interface AlertMessage {
  readonly alert: Alert;
  /** The command that shows more. */
  readonly command: string;
  /** The run in the Temporal Web UI. */
  readonly link?: string | undefined;
  /** Sent by `purser notify test`: nothing is wrong. */
  readonly isTest?: boolean;
}

/** One way to tell people. Made from one entry of `notify:` in purser.yaml. */
export interface Notifier {
  readonly name: string;
  readonly type: string;
  /** Whether it is to be told of this alert, by target and severity. */
  takes(alert: Alert): boolean;
  /**
   * Tells; resolves to what came back, in a few words. Telling the same message twice is harmless
   * where the other side allows it (each notifier says). Throws `PurserError`, with no secret in it.
   */
  deliver(message: AlertMessage, signal: AbortSignal): Promise<string>;
  /** Only where an alert ends by itself unless it is told again: tells what is still firing. */
  readonly refresh?: (messages: readonly AlertMessage[], signal: AbortSignal) => Promise<string>;
}

/** What every entry of `notify:` has. */
export interface Audience {
  readonly name: string;
  /** Targets' names; `*` stands for anything. */
  readonly targets: readonly string[];
  /** The least severity that it takes. */
  readonly severity: Severity;
}

/** Reads a secret anew for each use, so that a changed one needs no restart. Throws `NotConfigured`. */
export type ReadSecret = () => string;
