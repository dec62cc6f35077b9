import { z } from 'zod';

export const kind = z.enum(['any', 'file', 'folder']).default('any').describe('Only files, only folders, or both.');

export function isOfKind(item: { readonly kind: 'file' | 'folder' }, asked: z.infer<typeof kind>): boolean {
  return asked === 'any' || item.kind === asked;
}
