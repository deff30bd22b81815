import { Environment, EvaluationError, ParseError, TypeError } from '@marcbachmann/cel-js';

/** The variables of an expression, as CEL values; see celValue. */
export type Variables = Readonly<Record<(typeof NAMES)[number], unknown>>;

/** An expression that could not be compiled or evaluated, in the words of kube-apiserver. */
export class CelFailure extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CelFailure';
  }
}

const NAMES = ['object', 'oldObject', 'request', 'namespaceObject', 'variables'] as const;

const environment = createEnvironment();
const compiled = new Map<string, (variables: Variables) => unknown>();

/**
 * The value of a CEL expression. Throws a CelFailure for one that does not compile here (`authorizer`, `params` and
 * Kubernetes' libraries of URLs, IPs, quantities and sets do not) or fails.
 */
export function evaluate(expression: string, variables: Variables): unknown {
  const run = compiled.get(expression) ?? compile(expression);
  try {
    return run(variables);
  } catch (error) {
    throw new CelFailure(`expression '${expression}' resulted in error: ${summaryOf(error)}`);
  }
}

function compile(expression: string): (variables: Variables) => unknown {
  const { valid, error } = environment.check(expression);
  if (!valid) {
    throw new CelFailure(`compilation error: compilation failed: ${summaryOf(error)}`);
  }
  const run = environment.parse(expression);
  compiled.set(expression, run);
  return run;
}

/** JSON as CEL sees it: whole numbers are ints, and null or undefined is absent, as in Go's structs. */
export function celValue(value: unknown): unknown {
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) ? BigInt(value) : value;
  }
  if (Array.isArray(value)) {
    return value.map(celValue);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const fields = Object.entries(value).filter(([, field]) => field !== null && field !== undefined);
  return Object.fromEntries(fields.map(([key, field]) => [key, celValue(field)]));
}

/** The language as Kubernetes has it, with those of its own functions that policies use most. */
function createEnvironment(): Environment {
  const made = new Environment({ enableOptionalTypes: true });
  for (const name of NAMES) {
    made.registerVariable(name, 'dyn');
  }
  return made
    .registerFunction('string.charAt(int): string', (text: string, at: bigint) =>
      text.charAt(Number(at)),
    )
    .registerFunction(
      'string.replace(string, string): string',
      (text: string, from: string, to: string) => text.replaceAll(from, () => to),
    )
    .registerFunction(
      'string.find(string): string',
      (text: string, pattern: string) => new RegExp(pattern, 'u').exec(text)?.[0] ?? '',
    )
    .registerFunction('string.findAll(string): list<string>', (text: string, pattern: string) => [
      ...(text.match(new RegExp(pattern, 'gu')) ?? []),
    ]);
}

function summaryOf(error: unknown): string {
  const known =
    error instanceof EvaluationError || error instanceof ParseError || error instanceof TypeError;
  return known ? error.summary : error instanceof Error ? error.message : String(error);
}
