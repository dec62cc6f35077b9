#!/usr/bin/env node
// `npx deponent <command>`: the command line of apps/cli, set up like every other way in.
process.argv.splice(2, 0, 'deponent');
await import('./run.mjs');
