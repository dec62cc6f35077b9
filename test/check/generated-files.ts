import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { readTools, snapshotOf, sourceOf } from './generate-catalogue.ts';
import { eventsPage, readStreams, toolsPage } from './generate-docs.ts';

/** Every generated file by path, from the sources in the current directory. The disk is scanned here, never at run time. */
async function generatedFiles(): Promise<Map<string, string>> {
  const packs = await readTools();
  const files = new Map<string, string>();
  for (const pack of packs) {
    files.set(`libs/packs/${pack.name}/catalogue.generated.ts`, sourceOf(pack));
    files.set(`libs/packs/${pack.name}/catalogue.snap.json`, snapshotOf(pack));
  }
  files.set('docs/TOOLS.md', toolsPage(packs));
  files.set('docs/EVENTS.md', eventsPage(await readStreams()));
  return files;
}

const files = await generatedFiles();
const differing = [...files].filter(([path, text]) => !existsSync(path) || readFileSync(path, 'utf8') !== text);

if (process.argv.includes('--write')) {
  for (const [path, text] of differing) writeFileSync(path, text);
  process.stdout.write(`${files.size} generated files, ${differing.length} of them changed${differing.map(([path]) => `\n  ${path}`).join('')}\n`);
} else {
  for (const [path] of differing) process.stderr.write(`${path} is not what the generator writes: npm run generate\n`);
  process.exitCode = differing.length === 0 ? 0 : 1;
}
