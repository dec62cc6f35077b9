import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { vectorFiles, vectorText } from '../../test/support/vectors.ts';
import { openCheckpoint, parseCheckpoint, signCheckpoint } from './checkpoint.ts';
import { keyIdOf, pae, parseEnvelope, signEnvelope, verifyEnvelope } from './dsse.ts';
import { ed25519Verify } from './ed25519.ts';
import { leafHash, verifyConsistency, verifyInclusion } from './merkle.ts';
import { addSignatures, cosigner, formatVkey, noteSigner, openNote, parseVkey, signNote, verifierKey } from './note.ts';
import { Rejected } from './rejected.ts';
import { parseTlogProof, writeTlogProof } from './tlog-proof.ts';

const seed = (byte: number) => Buffer.alloc(32, byte);

describe('signed notes', () => {
  const { badVkeys, signing, cases } = JSON.parse(vectorText('signed-note/notes.json'));

  it.each(cases as { name: string; keys: string[]; note: string; want: string; verified?: string[] }[])('$name', ({ keys, note, want, verified }) => {
    const open = () => openNote(note, keys.map(parseVkey)).signatures.map(({ key }) => key.name);
    if (want === 'ok') expect(open()).toEqual(verified);
    else expect(open).toThrow(Rejected);
  });

  it('signs as Go does, byte for byte, and writes vkeys as it reads them', () => {
    const secret = Buffer.from(signing.skeyTestOnly.split('+').slice(4).join('+'), 'base64').subarray(1);
    const signer = noteSigner('PeterNeumann', secret);
    expect(formatVkey(signer.key)).toBe(signing.vkey);
    expect(signNote(signing.text, [signer])).toBe(signing.want);
  });

  it('refuses bad vkeys', () => {
    for (const vkey of [...badVkeys, '', 'a+b', `x y+${'0'.repeat(8)}+AAAA`]) expect(() => parseVkey(vkey)).toThrow(Rejected);
  });

  it('a cosignature states its time, and a changed time no longer verifies', () => {
    const [log, witness] = [noteSigner('example.com/log', seed(1)), cosigner('example.com/witness', seed(2), 1_700_000_000)];
    const text = 'example.com/log\n3\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n';
    const note = addSignatures(signNote(text, [log]), text, [witness]);
    expect(parseVkey(formatVkey(witness.key))).toEqual(witness.key);
    expect(openNote(note, [log.key, witness.key]).signatures).toEqual([
      { key: log.key, time: null },
      { key: witness.key, time: 1_700_000_000 },
    ]);
    const line = note.split('\n').at(-2)!;
    const signature = Buffer.from(line.split(' ')[2]!, 'base64');
    signature[11]! ^= 1;
    expect(() => openNote(note.replace(line, `— example.com/witness ${signature.toString('base64')}`), [log.key, witness.key])).toThrow(Rejected);
  });
});

describe('checkpoints', () => {
  it('of Tessera open under its key', () => {
    const key = parseVkey('example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx');
    for (const path of vectorFiles('tlog-tiles-tessera/testdata/log').filter((file) => file.includes('/checkpoint'))) {
      const { checkpoint } = openCheckpoint(vectorText(path), [key]);
      expect(checkpoint.size).toBe(Number(path.split('.')[1] ?? checkpoint.size));
    }
  });

  it('come back, and are refused with a fourth line, a leading zero, a short root or no origin', () => {
    const signer = noteSigner('deponent/test/a1', seed(3));
    const checkpoint = { origin: 'deponent/test/a1', size: 7, root: Buffer.alloc(32, 9) };
    expect(openCheckpoint(signCheckpoint(checkpoint, [signer]), [signer.key]).checkpoint).toEqual(checkpoint);
    const root = Buffer.alloc(32).toString('base64');
    for (const text of [`o\n7\n${root}\nextra\n`, `o\n07\n${root}\n`, 'o\n7\nAAAA\n', `\n7\n${root}\n`, `o\n9007199254740993\n${root}\n`, `o\n7\n${root}`]) {
      expect(() => parseCheckpoint(text)).toThrow(Rejected);
    }
  });
});

describe('Rekor v2 bundles of sigstore-conformance', () => {
  const bundles = vectorFiles('sigstore-conformance-rekor2', 'bundle.sigstore.json');
  // Rekor v1 logs sign with ECDSA, which a ledger of ours never meets; their inclusion proofs are checked all the same.
  const root = JSON.parse(vectorText('sigstore-conformance-rekor2/rekor2-happy-path/trusted_root.json'));
  const dsseRoot = JSON.parse(vectorText('sigstore-conformance-rekor2/rekor2-dsse-happy-path/trusted_root.json'));
  const keys = [...root.tlogs, ...dsseRoot.tlogs]
    .filter((log) => log.publicKey.keyDetails === 'PKIX_ED25519')
    .map((log) => verifierKey(new URL(log.baseUrl).host, Buffer.from(log.publicKey.rawBytes, 'base64').subarray(-32)));

  /** Log signature (where it is an Ed25519 log), then inclusion under the root of the checkpoint. */
  function accepts(path: string): boolean {
    const [entry] = JSON.parse(vectorText(path)).verificationMaterial.tlogEntries;
    const proof = entry.inclusionProof;
    if (proof?.checkpoint === undefined) return false;
    const note: string = proof.checkpoint.envelope;
    try {
      const checkpoint = path.includes('/rekor2-')
        ? openCheckpoint(note, keys).checkpoint
        : { size: Number(proof.treeSize), root: Buffer.from(note.split('\n')[2]!, 'base64') };
      const claim = { index: BigInt(proof.logIndex), size: checkpoint.size, leafHash: leafHash(Buffer.from(entry.canonicalizedBody, 'base64')) };
      return verifyInclusion({ ...claim, proof: proof.hashes.map((hash: string) => Buffer.from(hash, 'base64')), root: checkpoint.root });
    } catch (error) {
      if (error instanceof Rejected) return false;
      throw error;
    }
  }

  // bad-keyhint is about the key id of an ECDSA signature.
  it.each(bundles.filter((path) => !path.includes('bad-keyhint')))('%s', (path) => {
    expect(accepts(path)).toBe(!path.includes('_fail/'));
  });
});

describe('requests to a witness', () => {
  const { logKeyHex, steps } = JSON.parse(vectorText('tlog-witness/add-checkpoint-sequence.json'));
  const origin = 'sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562';
  const key = verifierKey(origin, Buffer.from(logKeyHex, 'hex'));

  it('are answered with the statuses of the sequence, by our notes and consistency proofs', () => {
    let held: { readonly size: number; readonly root: Buffer } = { size: 0, root: Buffer.alloc(0) };
    for (const { body, status } of steps as { body: string; status: number }[]) {
      const [head, ...note] = body.split('\n\n');
      const [old = '', ...hashes] = head!.split('\n');
      const answer = (() => {
        let checkpoint: typeof held;
        try {
          checkpoint = openCheckpoint(note.join('\n\n'), [key]).checkpoint;
        } catch {
          return 403;
        }
        if (Number(old.slice(4)) !== held.size) return 409;
        const proof = hashes.filter((line) => line !== '').map((line) => Buffer.from(line, 'base64'));
        const claim = { from: held.size, to: checkpoint.size, fromRoot: held.root, toRoot: checkpoint.root, proof };
        if (held.size === 0 ? proof.length > 0 : !verifyConsistency(claim)) return 422;
        held = checkpoint;
        return 200;
      })();
      expect(answer).toBe(status);
    }
  });
});

describe('tlog-proof', () => {
  const proof = { index: 12, proof: [Buffer.alloc(32, 1), Buffer.alloc(32, 2)], checkpoint: 'o\n13\nroot\n\n— o sig\n' };

  it('has the lines of C2SP and comes back', () => {
    const text = writeTlogProof(proof);
    expect(text).toBe(
      `c2sp.org/tlog-proof@v1\nindex 12\n${Buffer.alloc(32, 1).toString('base64')}\n${Buffer.alloc(32, 2).toString('base64')}\n\n${proof.checkpoint}`,
    );
    expect(parseTlogProof(text)).toEqual(proof);
    expect(parseTlogProof(writeTlogProof({ ...proof, proof: [] })).proof).toEqual([]);
    for (const other of [text.replace('index', 'extra AAAA\nindex'), text.replace('12', '012'), text.replace('@v1', '@v2'), text.replace('AQEB', 'AQE'), 'x']) {
      expect(() => parseTlogProof(other)).toThrow(Rejected);
    }
  });
});

describe('DSSE', () => {
  it('covers what the specification covers', () => {
    const vector = JSON.parse(vectorText('dsse/dsse.json'));
    const covered = pae(vector.payloadType, Buffer.from(vector.payloadUtf8));
    expect(covered.toString()).toBe(vector.pae);
    const coordinate = (digits: string) => Buffer.from(BigInt(digits).toString(16).padStart(64, '0'), 'hex').toString('base64url');
    const jwk = { kty: 'EC', crv: 'P-256', x: coordinate(vector.key.x), y: coordinate(vector.key.y) };
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const sig = Buffer.from(vector.envelope.signatures[0].sig, 'base64');
    expect(verify('sha256', covered, { key, dsaEncoding: 'ieee-p1363' }, sig)).toBe(true);
  });

  it('an envelope verifies under its key only, and for its type and payload only', () => {
    const signer = noteSigner('deponent/test/a1/export', seed(4));
    const envelope = parseEnvelope(signEnvelope('application/vnd.in-toto+json', Buffer.from('{}'), signer));
    expect(verifyEnvelope(envelope, [signer.key])).toBe(signer.key);
    expect(envelope.keyId).toBe(keyIdOf(signer.key));
    expect(verifyEnvelope(envelope, [noteSigner('deponent/test/a1/export', seed(5)).key])).toBeNull();
    expect(verifyEnvelope({ ...envelope, payloadType: 'x' }, [signer.key])).toBeNull();
    expect(verifyEnvelope({ ...envelope, payload: Buffer.from('[]') }, [signer.key])).toBeNull();
    const stripped = '{"payload":"e30=","payloadType":"x","signatures":[]}';
    for (const text of [stripped, stripped.replace('[]', '[{"keyid":"a","sig":""},{"keyid":"a","sig":""}]'), '{}', `${stripped} `])
      expect(() => parseEnvelope(text)).toThrow(Rejected);
  });
});

describe('Ed25519', () => {
  const vectors = JSON.parse(vectorText('ed25519-cctv/ed25519/ed25519vectors.json')) as { key: string; sig: string; msg: string; flags: string[] | null }[];

  it('accepts by the cofactorless equation, with canonical R, and never with a residue', () => {
    const accepted = vectors.filter(({ key, sig, msg }) => ed25519Verify(Buffer.from(key, 'hex'), Buffer.from(msg), Buffer.from(sig, 'hex')));
    const flagsOfAccepted = new Set(accepted.flatMap(({ flags }) => flags ?? []));
    expect(accepted.length).toBeGreaterThan(0);
    expect(flagsOfAccepted).not.toContain('low_order_residue');
    expect(flagsOfAccepted).not.toContain('non_canonical_R');
    // Every signature without any oddity is accepted.
    expect(vectors.filter(({ flags }) => flags === null || flags.length === 0).every((vector) => accepted.includes(vector))).toBe(true);
  });
});
