export { content } from './catalogue.generated.ts';
