// A step of `npm run check`: every generated file is what the generator would write. Writes nothing.
import { runOnSources } from './on-sources.mjs';

process.exitCode = runOnSources('test/check/generated-files.ts');
