import { crc32 } from 'node:zlib';
import { type CanonicalValue, canonical, sha256Hex } from '#kernel';
import { exportSigner } from '../support/ledger-fixture.ts';

/** A bundle taken apart and put together again, as a sender does who changes something and holds the export key. */

export type Files = Map<string, Buffer>;
export type Json = { [name: string]: CanonicalValue };

const MANIFEST = 'manifest.dsse.json';
const PAYLOAD_TYPE = 'application/vnd.in-toto+json';
const LOCAL = { bytes: 30, signature: 0x04034b50 };
const CENTRAL = { bytes: 46, signature: 0x02014b50 };
const END = { bytes: 22, signature: 0x06054b50 };

/** All files but the manifest, the manifest, and what it says. */
export function open(bundle: Buffer): { readonly files: Files; readonly manifest: Buffer; readonly predicate: Json } {
  const files: Files = new Map();
  for (let at = 0; bundle.readUInt32LE(at) === LOCAL.signature; ) {
    const data = at + LOCAL.bytes + bundle.readUInt16LE(at + 26);
    const end = data + bundle.readUInt32LE(at + 22);
    files.set(bundle.toString('latin1', at + LOCAL.bytes, data), bundle.subarray(data, end));
    at = end;
  }
  const manifest = files.get(MANIFEST)!;
  const { payload } = JSON.parse(manifest.toString());
  files.delete(MANIFEST);
  return { files, manifest, predicate: JSON.parse(Buffer.from(payload, 'base64').toString()).predicate };
}

/** The files under a manifest that lists them as they are. */
export function close(files: Files, predicate: Json): Buffer {
  const subject = [...files].map(([name, bytes]) => ({ digest: { sha256: sha256Hex(bytes) }, name }));
  const statement = { _type: 'https://in-toto.io/Statement/v1', predicate, predicateType: 'urn:deponent:export:v1', subject };
  const payload = Buffer.from(canonical(statement));
  const signed = Buffer.concat([Buffer.from(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.length} `), payload]);
  const { name, keyId } = exportSigner.key;
  const signatures = [{ keyid: `${name}+${keyId}`, sig: exportSigner.sign(signed).toString('base64') }];
  const envelope = Buffer.from(canonical({ payload: payload.toString('base64'), payloadType: PAYLOAD_TYPE, signatures }));
  return pack(files, envelope);
}

/** The one container of these files and this manifest, whatever the manifest says of them. */
export function pack(files: Files, manifest: Buffer): Buffer {
  const entries = [...files, [MANIFEST, manifest] as const].sort(([a], [b]) => (a < b ? -1 : 1));
  const [local, central]: [Buffer[], Buffer[]] = [[], []];
  let offset = 0;
  for (const [name, bytes] of entries) {
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(0x21, 8);
    fields.writeUInt32LE(crc32(bytes), 10);
    fields.writeUInt32LE(bytes.length, 14);
    fields.writeUInt32LE(bytes.length, 18);
    fields.writeUInt16LE(name.length, 22);
    local.push(uint32(LOCAL.signature), fields, Buffer.from(name), bytes);
    central.push(uint32(CENTRAL.signature), Buffer.of(20, 0), fields, Buffer.alloc(10), uint32(offset), Buffer.from(name));
    offset += LOCAL.bytes + name.length + bytes.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(END.bytes);
  end.writeUInt32LE(END.signature, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...local, directory, end]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
