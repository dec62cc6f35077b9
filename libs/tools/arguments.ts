import { z } from 'zod';
import { type Issue, LIMITS, type Refusal, refuse } from '#kernel';

/**
 * Arguments as a tool's own schema reads them, or `invalid_params` with every issue, each naming its argument and in
 * our own words. An empty string counts as absent: many clients fill optional arguments with one.
 */
export function readArguments(schema: z.ZodObject, given: Readonly<Record<string, unknown>>): Record<string, unknown> | Refusal {
  const present = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
  const read = schema.safeParse(present, { error: inOurWords });
  return read.success ? read.data : invalidArguments(read.error.issues.flatMap(issuesOf));
}

/** One argument that a tool refuses for a reason its schema cannot state. `message` is a sentence. */
export function invalidArgument(path: string, message: string): Refusal {
  return invalidArguments([{ path, message }]);
}

function invalidArguments(issues: readonly Issue[]): Refusal {
  const told = issues.slice(0, LIMITS.issuesTold);
  return refuse('invalid_params', told.map(({ message }) => message).join(' '), { issues: told });
}

function issuesOf({ path, message, ...issue }: z.core.$ZodIssue): Issue[] {
  const at = path.join('.');
  if (issue.code !== 'unrecognized_keys') return [{ path: at, message: `${at || 'The arguments'} ${message}.` }];
  return issue.keys.map((key) => {
    const unknown = [...path, key].join('.').slice(0, LIMITS.nameToldCharacters);
    return { path: unknown, message: `There is no argument ${unknown}.` };
  });
}

/** What follows the argument's name: "limit" + "must be at most 200". A schema's own message, written likewise, goes first. */
function inOurWords(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is required' : `must be ${KINDS[issue.expected] ?? issue.expected}`;
    case 'too_small':
      return `must ${measured(issue.origin)} at least ${issue.minimum}${UNITS[issue.origin] ?? ''}`;
    case 'too_big':
      return `must ${measured(issue.origin)} at most ${issue.maximum}${UNITS[issue.origin] ?? ''}`;
    case 'invalid_value':
      return issue.input === undefined ? 'is required' : `must be ${issue.values.map(String).join(' or ')}`;
    default:
      return 'does not have the form that is asked for';
  }
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
};
const UNITS: Readonly<Record<string, string>> = { string: ' characters long', array: ' entries' };

function measured(origin: string): string {
  return origin === 'array' ? 'have' : 'be';
}
