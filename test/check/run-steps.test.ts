import { describe, expect, it } from '@jest/globals';
import { help, runSteps } from './run-steps.ts';
import { STEPS, type Step } from './steps.ts';

const step = (name: string, script: string): Step => ({ name, says: 'an example', command: ['-e', script] });

async function check(...steps: readonly Step[]) {
  let printed = '';
  const failed = await runSteps(steps, (text) => {
    printed += text;
  });
  return { failed, printed };
}

describe('npm run check', () => {
  it('prints a line for each step and counts them', async () => {
    const { failed, printed } = await check(step('one', ''), step('two', 'console.log("not worth showing")'));
    expect(failed).toBe(0);
    expect(printed).toMatch(/^ok +\d+\.\d s {2}one: an example$/m);
    expect(printed).not.toContain('not worth showing');
    expect(printed).toMatch(/\n2 passed, 0 failed\n$/);
  });

  it('shows everything that a failed step said, and runs the others', async () => {
    const { failed, printed } = await check(
      step('bad', 'console.log("a.ts:1 reason one"); console.error("reason two"); process.exitCode = 1'),
      step('good', ''),
    );
    expect(failed).toBe(1);
    expect(printed).toMatch(/^FAILED +\d+\.\d s {2}bad: an example\n +a\.ts:1 reason one\n +reason two$/m);
    expect(printed).toMatch(/^ok .* good/m);
    expect(printed).toMatch(/\n1 passed, 1 failed\n$/);
  });

  it('fails a step that is killed or cannot be found', async () => {
    const { failed, printed } = await check(step('killed', 'process.kill(process.pid, "SIGKILL")'), {
      name: 'gone',
      says: 'nowhere',
      command: ['test/check/nowhere.mjs'],
    });
    expect(failed).toBe(2);
    expect(printed).toContain('ended by SIGKILL');
    expect(printed).toContain('nowhere.mjs');
  });

  it('lists its steps under --help', () => {
    for (const { name, says } of STEPS) expect(help(STEPS)).toMatch(new RegExp(`^  ${name} +${says.replace(/[()]/g, '\\$&')}$`, 'm'));
  });
});
