/** One wrong field, as in `details.causes` of a 422. */
export interface Cause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

/** The kind of object in a Status: `plural` names it in a 404 or 409, `kind` in a 422. */
export interface Subject {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
}

/** A Kubernetes `Status` (meta/v1) with the shape that kubectl and the client libraries read. */
export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: object;
  readonly status: 'Success' | 'Failure';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: object;
  readonly code?: number;
}

/** A refusal that is sent to the client unchanged. */
export class ApiError extends Error {
  readonly status: Status;
  constructor(code: number, reason: string, message: string, details?: object) {
    super(message);
    this.name = 'ApiError';
    const base = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' } as const;
    this.status = { ...base, message, reason, ...(details && { details }), code };
  }
}

export function notFound(subject: Subject, name: string): ApiError {
  return new ApiError(
    404,
    'NotFound',
    `${qualified(subject)} "${name}" not found`,
    about(subject, name),
  );
}

export function alreadyExists(subject: Subject, name: string): ApiError {
  return new ApiError(
    409,
    'AlreadyExists',
    `${qualified(subject)} "${name}" already exists`,
    about(subject, name),
  );
}

export function conflict(subject: Subject, name: string, why: string): ApiError {
  return new ApiError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(subject)} "${name}": ${why}`,
    about(subject, name),
  );
}

export function forbidden(subject: Subject, name: string, why: string): ApiError {
  return new ApiError(
    403,
    'Forbidden',
    `${qualified(subject)} "${name}" is forbidden: ${why}`,
    about(subject, name),
  );
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, 'BadRequest', message);
}

/** 422: `details.kind` is here the kind (`User`), while a 404 names the resource (`users`). */
export function invalid(
  { group, kind }: Subject,
  name: string,
  causes: readonly Cause[],
): ApiError {
  const lines = causes.map(({ field, message }) => `${field}: ${message}`);
  const list = lines.length === 1 ? lines.join('') : `[${lines.join(', ')}]`;
  return new ApiError(422, 'Invalid', `${kind}.${group} "${name}" is invalid: ${list}`, {
    name,
    group,
    kind,
    causes,
  });
}

/** What a DELETE of one object answers. */
export function deleted({ group, plural }: Subject, name: string, uid: string): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name, group, kind: plural, uid },
  };
}

export const success: Status = {
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Success',
};

export function invalidValue(field: string, value: unknown, detail: string): Cause {
  return {
    reason: 'FieldValueInvalid',
    message: `Invalid value: ${JSON.stringify(value) ?? 'null'}: ${detail}`,
    field,
  };
}

export function required(field: string, detail = ''): Cause {
  return {
    reason: 'FieldValueRequired',
    message: detail === '' ? 'Required value' : `Required value: ${detail}`,
    field,
  };
}

export function notSupported(field: string, value: unknown, allowed: readonly string[]): Cause {
  return {
    reason: 'FieldValueNotSupported',
    message: `Unsupported value: ${JSON.stringify(value) ?? 'null'}: supported values: ${allowed.map((one) => JSON.stringify(one)).join(', ')}`,
    field,
  };
}

export function internal(field: string, detail: string): Cause {
  return {
    reason: 'InternalError',
    message: `Internal error: ${detail}`,
    field,
  };
}

function qualified({ plural, group }: Subject): string {
  return group === '' ? plural : `${plural}.${group}`;
}

function about({ group, plural }: Subject, name: string): object {
  return {
    name,
    ...(group !== '' && { group }),
    kind: plural,
  };
}
