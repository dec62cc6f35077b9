import { codeRules } from './code.ts';
import { configurationRules } from './configuration.ts';
import { documentRules } from './documents.ts';
import type { Rule } from './rule.ts';
import { shapeRules } from './shape.ts';
import { textRules } from './text.ts';

/** Style as a test: every rule that a program can judge, with an example that it rejects. */
export const TIDY_RULES: readonly Rule[] = [...textRules, ...codeRules, ...shapeRules, ...documentRules, ...configurationRules];
