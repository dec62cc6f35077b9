import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import type { Step } from './steps.ts';

const AT_ONCE = 2;
const STEP_MILLISECONDS = 120_000;

type Outcome = { readonly passed: boolean; readonly output: string };

/**
 * Runs every step, two at a time, also after one has failed. One line each as it ends, below a failed one everything
 * that it said, and `N passed, N failed` at the end. Answers how many failed.
 */
export async function runSteps(steps: readonly Step[], print: (text: string) => void): Promise<number> {
  const waiting = [...steps];
  let failed = 0;
  const work = async () => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      const begun = performance.now();
      const { passed, output } = await run(step);
      const seconds = ((performance.now() - begun) / 1000).toFixed(1).padStart(5);
      if (!passed) failed++;
      print(`${passed ? 'ok    ' : 'FAILED'} ${seconds} s  ${step.name}: ${step.says}\n${passed ? '' : indent(output)}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  print(`\n${steps.length - failed} passed, ${failed} failed\n`);
  return failed;
}

export function help(steps: readonly Step[]): string {
  const width = Math.max(...steps.map(({ name }) => name.length));
  const lines = steps.map(({ name, says }) => `  ${name.padEnd(width)}  ${says}`);
  return `npm run check: everything that can be judged without running the product. Ends with 1 when a step fails.\n\n${lines.join('\n')}\n`;
}

function run(step: Step): Promise<Outcome> {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(process.execPath, step.command, { timeout: STEP_MILLISECONDS, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk) => (output += chunk));
    child.on('error', (error) => resolve({ passed: false, output: `${output}${error.message}` }));
    child.on('close', (code, signal) => resolve({ passed: code === 0, output: signal === null ? output : `${output}\nended by ${signal}` }));
  });
}

function indent(output: string): string {
  return `${output
    .trimEnd()
    .split('\n')
    .map((line) => `         ${line}`.trimEnd())
    .join('\n')}\n`;
}
