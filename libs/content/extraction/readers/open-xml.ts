import { posix } from 'node:path';
import { readXml, type XmlHandler } from './xml.ts';
import { type Archive, openZip } from './zip.ts';

/** A package of Office Open XML: parts that refer to each other by relationships (ECMA-376 part 2, 9.3). */
export type Package = {
  /** The name of the part that the document is. */
  readonly main: string;
  /** False where there is no such part. */
  read(part: string, handler: XmlHandler): Promise<boolean>;
  relations(part: string): Promise<ReadonlyMap<string, Relation>>;
};

export type Relation = {
  /** Last word of the relationship's type: `slide`, `notesSlide`, `styles`. */
  readonly type: string;
  readonly part: string;
};

export async function openPackage(bytes: Uint8Array): Promise<Package> {
  const archive = await openZip(bytes);
  const root = await relationsOf(archive, '');
  const main = partOfType(root, 'officeDocument');
  if (main === null) throw new Error('the package has no document');
  return {
    main,
    relations: (part) => relationsOf(archive, part),
    async read(part, handler) {
      const found = await archive.read(part);
      if (found !== null) readXml(found, handler);
      return found !== null;
    },
  };
}

/** The first related part of a type. */
export function partOfType(relations: ReadonlyMap<string, Relation>, type: string): string | null {
  return [...relations.values()].find((relation) => relation.type === type)?.part ?? null;
}

async function relationsOf(archive: Archive, part: string): Promise<ReadonlyMap<string, Relation>> {
  const relations = new Map<string, Relation>();
  const found = await archive.read(posix.join(posix.dirname(part), '_rels', `${posix.basename(part)}.rels`));
  if (found === null) return relations;
  readXml(found, {
    open({ name, attribute }) {
      const [id, target] = [attribute('Id'), attribute('Target')];
      if (name !== 'Relationship' || id === null || target === null || attribute('TargetMode') === 'External') return;
      const type = attribute('Type') ?? '';
      // Targets are relative to the part, or absolute within the package: never outside of it.
      const resolved = posix.resolve('/', posix.dirname(part), target).slice(1);
      relations.set(id, { type: type.slice(type.lastIndexOf('/') + 1), part: resolved });
    },
  });
  return relations;
}
