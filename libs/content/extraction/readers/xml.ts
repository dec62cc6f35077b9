import { SaxesParser } from 'saxes';
import { LIMITS } from '#kernel';
import { Refused } from './endings.ts';

/** An element by its name without the prefix, which every producer may choose for itself. */
export type Element = {
  readonly name: string;
  /** By name without prefix; of two that differ in the prefix alone, the one without it. */
  attribute(name: string): string | null;
  /** `r:id` of Office Open XML: an id that leads through the relationships of the part. */
  readonly relation: string | null;
};

export type XmlHandler = {
  open?(element: Element): void;
  close?(name: string): void;
  text?(text: string): void;
};

const CHUNK_BYTES = 64 * 1024;

/**
 * Hands the elements of an XML part to `handler`, in order. Nothing outside the part is ever read: a part that declares
 * a document type is refused, as ECMA-376 part 2 (9.1.1) forbids it and OpenDocument needs none. Throws where it is not well-formed.
 */
export function readXml(bytes: Uint8Array, handler: XmlHandler): void {
  const parser = new SaxesParser();
  let depth = 0;
  parser.on('doctype', () => {
    throw new Refused('It declares a document type, which could make it read other files.');
  });
  parser.on('opentag', ({ name, attributes }) => {
    depth += 1;
    if (depth > LIMITS.xmlDepth) throw new Refused(`Its elements are nested more than ${LIMITS.xmlDepth} deep.`);
    handler.open?.({ name: withoutPrefix(name), attribute: (wanted) => find(attributes, wanted), relation: relationOf(attributes) });
  });
  parser.on('closetag', ({ name }) => {
    depth -= 1;
    handler.close?.(withoutPrefix(name));
  });
  parser.on('text', (text) => handler.text?.(text));
  parser.on('cdata', (text) => handler.text?.(text));

  const decoder = new TextDecoder(bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8');
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) parser.write(decoder.decode(bytes.subarray(at, at + CHUNK_BYTES), { stream: true }));
  parser.write(decoder.decode()).close();
}

function withoutPrefix(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

function find(attributes: Readonly<Record<string, string>>, wanted: string): string | null {
  const plain = Object.hasOwn(attributes, wanted) ? attributes[wanted] : undefined;
  return plain ?? Object.entries(attributes).find(([name]) => name.endsWith(`:${wanted}`))?.[1] ?? null;
}

function relationOf(attributes: Readonly<Record<string, string>>): string | null {
  return Object.entries(attributes).find(([name]) => name.endsWith(':id'))?.[1] ?? null;
}
