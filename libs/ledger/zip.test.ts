import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Rejected } from './rejected.ts';
import { readZip, writeZip, type ZipEntry } from './zip.ts';

const ENTRIES: ZipEntry[] = [
  { name: 'a/one.txt', bytes: Buffer.from('one') },
  { name: 'a/two.txt', bytes: Buffer.alloc(0) },
  { name: 'b', bytes: Buffer.from('three') },
];

describe('the container', () => {
  it('has exactly these bytes', () => {
    const [local, central] = [Buffer.alloc(30), Buffer.alloc(46)];
    local.write('504b0304140000000000000021', 'hex');
    local.writeUInt32LE(0x7a6c86f1, 14);
    local.writeUInt32LE(3, 18);
    local.writeUInt32LE(3, 22);
    local.writeUInt16LE(1, 26);
    local.copy(central, 6, 4);
    central.write('504b01021400', 'hex');
    const end = Buffer.from('504b050600000000010001002f00000022000000' + '0000', 'hex');
    expect(writeZip([{ name: 'x', bytes: Buffer.from('one') }])).toEqual(Buffer.concat([local, Buffer.from('xone'), central, Buffer.from('x'), end]));
  });

  it('comes back', () => {
    const name = fc.stringMatching(/^[a-z0-9._-]{1,8}(\/[a-z0-9]{1,8})?$/);
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 8 }), fc.uint8Array(), (names, bytes) => {
        const entries = names.sort().map((one) => ({ name: one, bytes: Buffer.from(bytes) }));
        expect(readZip(writeZip(entries))).toEqual(entries);
      }),
    );
  });

  it.each([
    ['out of order', [...ENTRIES].reverse()],
    ['twice the same', [ENTRIES[0]!, ENTRIES[0]!]],
    ['a directory', [{ name: 'a/', bytes: Buffer.alloc(0) }]],
    ['outside', [{ name: '/etc/passwd', bytes: Buffer.alloc(0) }]],
    ['not ASCII', [{ name: 'ä', bytes: Buffer.alloc(0) }]],
  ])('is not written with entries %s', (_, entries) => {
    expect(() => writeZip(entries)).toThrow(RangeError);
  });

  const good = writeZip(ENTRIES);
  const centralAt = good.indexOf(Buffer.from('504b0102', 'hex'));
  const patched = (at: number, bytes: string) => Buffer.concat([good.subarray(0, at), Buffer.from(bytes, 'hex'), good.subarray(at + bytes.length / 2)]);
  const deflated = deflateRawSync(Buffer.from('one'));

  it.each([
    ['a time', patched(10, '0100')],
    ['a flag', patched(6, '0008')],
    ['another method', patched(8, '0800')],
    ['a false checksum', patched(14, '00000000')],
    ['a size beyond the end', patched(22, 'ffffffff')],
    ['attributes', patched(centralAt + 38, '0000ed81')],
    ['another name in the directory', patched(centralAt + 46, '62')],
    ['another offset', patched(centralAt + 42, '01000000')],
    ['a disk number', patched(good.length - 18, '0100')],
    ['a comment', Buffer.concat([patched(good.length - 2, '0100'), Buffer.of(0x41)])],
    ['bytes in front', Buffer.concat([Buffer.of(0), good])],
    ['bytes behind', Buffer.concat([good, Buffer.of(0)])],
    ['a gap before the directory', Buffer.concat([good.subarray(0, centralAt), Buffer.of(0), good.subarray(centralAt)])],
    ['a compressed entry', Buffer.concat([good.subarray(0, 39), deflated, good.subarray(42)])],
    ['no directory', good.subarray(0, centralAt)],
    ['nothing', Buffer.alloc(0)],
  ])('is refused with %s', (_, container) => {
    expect(() => readZip(container)).toThrow(Rejected);
  });
});
