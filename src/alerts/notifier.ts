import type { Alert, Severity } from './model/alert.ts';

/** An alert, with the command and the link that show more about it. */
export interface AlertMessage {
  readonly alert: Alert;
  /** The command that shows more. */
  readonly command: string;
  /** The run in the Temporal Web UI. */
  readonly link?: string | undefined;
  /** Sent by `purser notify test`: nothing is wrong. */
  readonly isTest?: boolean;
}

/** Sends alerts to one receiver. Created from one entry of `notify:` in purser.yaml. */
export interface Notifier {
  readonly name: string;
  readonly type: string;
  /** Whether its route matches this alert, by target and severity. */
  matches(alert: Alert): boolean;
  /**
   * Sends the message, and resolves to a summary of the response. Whether it is idempotent depends on
   * the receiver; each notifier says so. Throws `PurserError`, with no secret in it.
   */
  deliver(message: AlertMessage, signal: AbortSignal): Promise<string>;
  /** Sends the firing alerts again. Only for receivers whose alerts otherwise resolve by themselves. */
  readonly refresh?: (messages: readonly AlertMessage[], signal: AbortSignal) => Promise<string>;
}

/** Which alerts a notifier gets: the part that every entry of `notify:` has. */
export interface AlertRoute {
  readonly name: string;
  /** The targets' names; `*` matches any characters. */
  readonly targets: readonly string[];
  /** The lowest severity that it gets. */
  readonly severity: Severity;
}

/** Reads a secret again at each use: a changed one needs no restart. Throws `NotConfigured`. */
export type ReadSecret = () => string;
