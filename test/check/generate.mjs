// `npm run generate` ends here, on the pinned Node: writes every generated file.
import { runOnSources } from './on-sources.mjs';

process.exitCode = runOnSources('test/check/generated-files.ts', '--write');
