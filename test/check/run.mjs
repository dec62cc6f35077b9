// `npm run check` ends here, on the pinned Node. The steps are in steps.ts, how they are run in run-steps.ts.
if (!process.features.typescript) {
  process.stderr.write(`The check needs Node 24, this is ${process.version}: run it as npm run check.\n`);
  process.exit(1);
}
const { STEPS } = await import('./steps.ts');
const { help, runSteps } = await import('./run-steps.ts');

if (process.argv.includes('--help')) process.stdout.write(help(STEPS));
else process.exitCode = (await runSteps(STEPS, (text) => process.stdout.write(text))) === 0 ? 0 : 1;
