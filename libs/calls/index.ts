export { type Admission, admission, type CallLimit, unlimited } from './admission.ts';
export { type Buckets, sharedBuckets } from './admission-buckets.ts';
export { admissionMigrations } from './admission-migrations.ts';
export type { Call, CallAnswer, CallReference } from './call.ts';
export { CallTool, CallToolHandler, HOUSE } from './call-tool.handler.ts';
export type { House, OpenPorts } from './call-tool.ts';
export { errorContent } from './release.ts';
export { visibleTools } from './requirements.ts';
