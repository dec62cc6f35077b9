import type { ExportScope } from './manifest.ts';

/** VERIFY.md: the procedure for whoever receives a bundle and trusts nobody. The verifier itself never reads it. */
export function procedure({ exportId, scope }: { readonly exportId: string; readonly scope: ExportScope }): string {
  return `${[introduction(exportId), CONTENTS, SCOPES[scope.type], STEPS, LIMITS_OF_PROOF].join('\n\n')}\n`;
}

function introduction(exportId: string): string {
  return `# How to verify this export (${exportId})

This archive holds records of what software agents were given and did, as they were sealed into a tamper-evident log.
You need not trust the sender, this file, or the archive. You need two things **from elsewhere**:

1. \`trust.json\`: the public keys of the log and of its exports. Ask the organisation for it by a way of its own
   (its governance API gives it at \`/api/v1/log/trust\`), compare it with what counterparties hold, and keep it.
   Keys found inside an archive would prove nothing, so there are none in this one.
2. A verifier: \`npx deponent verify BUNDLE.zip --trust trust.json\`, built from the public source of Deponent, or any
   other implementation of the steps below. It needs no network. It ends with \`VERIFIED\` and exit code 0, or with one
   line for each failure and exit code 1.

If you received a checkpoint of this log before, add \`--held CHECKPOINT\`: it shows that the log only grew since.`;
}

const CONTENTS = `## What is in the archive

| file | what it is |
|---|---|
| \`manifest.dsse.json\` | signed list of all other files with their SHA-256 (DSSE envelope of an in-toto statement) |
| \`checkpoint\` | the log's signed statement of its size and root hash (C2SP signed note) |
| \`map.json\` | the last entry of the log: the state of every group of records |
| \`groups/<group>.json\` | how many records a group has, with the proof that there are no more |
| \`records/evidence.ndjson\`, \`records/audit.ndjson\` | the records, one a line; \`leaf\` is the sealed text |
| \`records/summary.csv\` | the same for reading in a spreadsheet |
| \`proofs/<index>.tlog-proof\` or \`tlog/tile/…\` | proof that each record is in the log (C2SP tlog-proof, tlog-tiles) |
| \`consistency.ndjson\` | proofs that the log of this checkpoint continues the log of earlier ones |`;

const SCOPES = {
  groups: 'This export holds **groups**: that no record of them is left out is proved by step 6.',
  range: 'This export holds a **range** of the log: every index is there, and a missing one would be seen.',
  selection: 'This export holds a **selection**: that the selection is complete is asserted by the sender and cannot be proved.',
} as const;

const STEPS = `## The steps

1. The ZIP has one form only: entries stored, in byte order of their names, dated 1980-01-01, without gaps. Decode
   \`payload\` of the manifest (base64); the signature is Ed25519 over \`DSSEv1 <length of type> <type> <length> <payload>\`
   and must verify under an export key of \`trust.json\`. Every file has the SHA-256 listed; none is missing or added.
2. \`checkpoint\`: three lines (origin, size, root), a blank line, signatures. One is by a log key of \`trust.json\`, whose
   name is the origin; as many witnesses as \`quorum\` says have cosigned.
3. Where \`trust.json\` names a time-stamping authority, \`checkpoint.tsr\` is its RFC 3161 token over the three lines.
4. \`map.json\` is the leaf with index size - 1.
5. A checkpoint you hold has the same origin and is not larger; its root is equal or joined by a line of \`consistency.ndjson\`.
6. For each group: key SHA-256("deponent-group/v1\\n" + origin + "\\n" + group), value SHA-256 of the canonical
   \`{count, first, head, last}\`; leaf SHA-256(0x10 + key + value), nodes SHA-256(0x11 + left + right), from the leaf up,
   left or right by the bits of the key, must give the root in \`map.json\`. The archive holds exactly \`count\` records.
7. For each record: the leaf hash is SHA-256(0x00 + leaf); the inclusion proof (RFC 9162, 2.1.3.2) gives the root of the
   checkpoint; \`eventHash\` is the SHA-256 of the text of \`event\`; \`groupPrev\` is the leaf hash of the group's previous
   record. The \`export.created\` record of this export is among them and says what the manifest says.
8. Each disclosure hashes (SHA-256, base64url) to the digest under its name in the leaf. What is withheld is listed.
   A record is erased exactly when a \`record.erased\` record names it.
9. \`summary.csv\` is what the records give.
10. Each citation points to lines that a record of the same group delivered before.

By hand, on any machine with \`jq\`, \`openssl\` and a shell, the leaf hash of the first record:

\`\`\`sh
head -n 1 records/evidence.ndjson > line
{ printf '\\000'; jq -j .leaf line; } | openssl dgst -sha256 -binary | base64   # equals: jq -r .leafHash line
jq -r .payload manifest.dsse.json | base64 -d | jq -r '.subject[] | .digest.sha256 + "  " + .name' | sha256sum -c
\`\`\``;

const LIMITS_OF_PROOF = `## What no verification can show

Events that were never sent to the log; content that was already false when it was sealed; changes in the few seconds
before sealing (whoever made the call holds its \`eventHash\`, which shows those); a group map that was false when it was
sealed (an export of a range from 0 in profile \`hashes\` shows that). The manifest's signature alone vouches for the
reason of the export, the reasons for withholding, this file, and \`report.pdf\`.`;
