import { LIMITS } from '#kernel';

/** Files that are held in memory at the same time: as many as `most` and the limit of their bytes allow, at least one. */
export function* slices<File extends { readonly size: number }>(files: readonly File[], most: number): Generator<File[]> {
  let together: File[] = [];
  let bytes = 0;
  for (const file of files) {
    if (together.length > 0 && (together.length === most || bytes + file.size > LIMITS.importedTogetherBytes)) {
      yield together;
      together = [];
      bytes = 0;
    }
    together.push(file);
    bytes += file.size;
  }
  if (together.length > 0) yield together;
}
