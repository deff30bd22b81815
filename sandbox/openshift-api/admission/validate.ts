import { CelFailure, celValue, evaluate } from './expression.ts';
import type { Variables } from './expression.ts';
import type { KubeObject } from '../rest/object.ts';
import type { AdmissionRequest } from './request.ts';
import type { Policy } from './policies.ts';

/** Kubernetes' limit for the text of a messageExpression. */
const LONGEST_MESSAGE_BYTES = 5 * 1024;

/** Why a policy denies a request; `reason` is a Status reason. */
export interface Denial {
  readonly message: string;
  readonly reason: string;
}

/**
 * The denials of a policy that applies to a request, as Kubernetes' validator.go decides: match conditions
 * first, then every validation. If a validation cannot be evaluated, failurePolicy Fail denies the request
 * and Ignore skips the validation.
 */
export function denialsOf(
  policy: Policy,
  request: AdmissionRequest,
  namespace: KubeObject | undefined,
): readonly Denial[] {
  const { spec } = policy;
  const failed = (why: string): readonly Denial[] =>
    spec.failurePolicy === 'Ignore' ? [] : [{ message: why, reason: 'Invalid' }];
  const variables = variablesOf(policy, request, namespace);
  try {
    if (!conditionsMet(spec.matchConditions, variables)) {
      return [];
    }
  } catch (error) {
    return failed(reasonOf(error));
  }
  return spec.validations.flatMap((validation) => {
    try {
      const passed = evaluate(validation.expression, variables) === true;
      return passed ? [] : [denial(validation, variables)];
    } catch (error) {
      return failed(reasonOf(error));
    }
  });
}

/** One false condition excludes the request, even if another condition fails. */
function conditionsMet(conditions: Policy['spec']['matchConditions'], given: Variables): boolean {
  const failures: unknown[] = [];
  for (const { expression } of conditions) {
    try {
      if (evaluate(expression, given) === false) {
        return false;
      }
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) {
    throw failures[0];
  }
  return true;
}

function denial(validation: Policy['spec']['validations'][number], variables: Variables): Denial {
  const { expression, message, messageExpression, reason } = validation;
  const custom =
    messageExpression === null || messageExpression === undefined
      ? ''
      : messageOf(messageExpression, variables);
  return {
    message: custom || message?.trim() || `failed expression: ${expression.trim()}`,
    reason: reason ?? 'Invalid',
  };
}

function messageOf(expression: string, variables: Variables): string {
  try {
    const custom = evaluate(expression, variables);
    const text = typeof custom === 'string' ? custom.trim() : '';
    return text.includes('\n') || Buffer.byteLength(text) > LONGEST_MESSAGE_BYTES ? '' : text;
  } catch (error) {
    if (error instanceof CelFailure) {
      // The plain message is used instead, as on the real server.
      return '';
    }
    throw error;
  }
}

function variablesOf(
  { spec }: Policy,
  request: AdmissionRequest,
  namespace: KubeObject | undefined,
): Variables {
  const composed = {};
  const variables: Variables = {
    object: celValue(request.object ?? null),
    oldObject: celValue(request.old ?? null),
    request: celValue(requestOf(request)),
    namespaceObject: celValue(namespace ?? null),
    variables: composed,
  };
  for (const { name, expression } of spec.variables) {
    // Evaluated once, and only if an expression uses it, as on the real server: an unused variable that
    // fails does no harm.
    const value = once(() => evaluate(expression, variables));
    Object.defineProperty(composed, name, { enumerable: true, get: value });
  }
  return variables;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** The AdmissionRequest that expressions see: without object and oldObject, which have names of their own. */
function requestOf({ subject, caller, ...request }: AdmissionRequest): object {
  const kind = { group: subject.group, version: 'v1', kind: subject.kind };
  const resource = { group: subject.group, version: 'v1', resource: subject.plural };
  const { name: username, uid, groups, extra } = caller;
  return {
    kind,
    resource,
    requestKind: kind,
    requestResource: resource,
    subResource: request.subresource,
    requestSubResource: request.subresource,
    name: request.name === '' ? undefined : request.name,
    namespace: request.namespace,
    operation: request.operation,
    userInfo: { username, uid: uid === '' ? undefined : uid, groups, extra },
    dryRun: request.dryRun,
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
