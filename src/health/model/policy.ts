import type { CheckName } from './checks.ts';

/** How many runs must agree before a verdict moves. */
export interface Thresholds {
  readonly failuresToGoDown: number;
  readonly successesToComeBack: number;
}

/** When a check that comes and goes is said to flap: see src/health/evaluation/flapping.ts. */
export interface FlappingPolicy {
  /** How many of the last runs are looked at. */
  readonly runs: number;
  /** How much change among them is too much. */
  readonly score: number;
  /** It is over when this many runs in a row found the same. */
  readonly calm: number;
}

export type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun';

/** A time in which alerts are held: once, or every week by the wall clock of a time zone. */
export type MaintenanceWindow = {
  /** Names of targets; `*` stands for anything. */
  readonly targets: readonly string[];
  readonly reason: string;
} & (
  | { readonly from: string; readonly to: string }
  | {
      readonly weekly: {
        readonly days: readonly Weekday[];
        /** `HH:MM`; a window that ends before it starts ends on the next day. */
        readonly from: string;
        readonly to: string;
        readonly timeZone: string;
      };
    }
);

/** `health:` of purser.yaml. */
export interface HealthPolicy extends Thresholds {
  readonly checks: Readonly<Partial<Record<CheckName, Partial<Thresholds>>>>;
  readonly flapping: FlappingPolicy;
  /** Hours between two reminders of what goes on; 0 for none. */
  readonly remindEveryHours: number;
  readonly maintenance: readonly MaintenanceWindow[];
  /** How long the archive keeps the lines of the runs. */
  readonly keepHistoryDays: number;
}

export const DEFAULT_HEALTH_POLICY: HealthPolicy = {
  failuresToGoDown: 3,
  successesToComeBack: 2,
  checks: {},
  flapping: { runs: 20, score: 9, calm: 10 },
  remindEveryHours: 4,
  maintenance: [],
  keepHistoryDays: 90,
};
