export { contentPack } from './catalogue.generated.ts';
