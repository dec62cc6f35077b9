export type { Call, CallAnswer, CallReference } from './call.ts';
export { callTool, type House } from './call-tool.ts';
export { errorContent } from './release.ts';
export { visibleTools } from './requirements.ts';
