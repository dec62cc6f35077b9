import { describe, expect, it } from '@jest/globals';
import { TIDY_RULES } from './tidy/rules.ts';

const tree = (files: Readonly<Record<string, string>>) => new Map(Object.entries(files));

describe.each(TIDY_RULES)('tidy: $name', (rule) => {
  it('has an example that it rejects and one that it accepts', () => {
    expect(rule.rejects.length).toBeGreaterThan(0);
    expect(rule.accepts.length).toBeGreaterThan(0);
  });

  it.each(rule.rejects)('rejects %j', (example) => {
    expect(rule.check(tree(example))).not.toEqual([]);
  });

  it.each(rule.accepts)('accepts %j', (example) => {
    expect(rule.check(tree(example))).toEqual([]);
  });
});
