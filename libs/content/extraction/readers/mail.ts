import PostalMime, { type Address, type Attachment } from 'postal-mime';
import { LIMITS } from '#kernel';
import { writeHtml } from './html.ts';
import type { Markdown } from './markdown.ts';
import { type Reader, WHOLE } from './reader.ts';

/** A message (RFC 5322, MIME): subject, who and when, its text (else its HTML), and the names of what is attached. */
export const readMail: Reader = async (bytes, out) => {
  const mail = await PostalMime.parse(bytes, { maxNestingDepth: LIMITS.xmlDepth });
  out.heading(1, mail.subject ?? '');
  const lines = [
    named('From', mail.from === undefined ? [] : [mail.from]),
    named('To', mail.to),
    named('Cc', mail.cc),
    mail.date === undefined ? '' : `Date: ${mail.date}`,
  ];
  out.paragraph(lines.filter((line) => line !== '').join('\n'));
  if (mail.text !== undefined && mail.text.trim() !== '') out.verbatim(mail.text);
  else if (mail.html !== undefined) writeHtml(mail.html, out);
  writeAttachments(mail.attachments, out);
  return WHOLE;
};

function named(header: string, addresses: readonly Address[] | undefined): string {
  const people = (addresses ?? []).flatMap((address) => address.group ?? [address]);
  if (people.length === 0) return '';
  return `${header}: ${people.map(({ name, address }) => (name ? `${name} <${address ?? ''}>` : (address ?? ''))).join(', ')}`;
}

function writeAttachments(attachments: readonly Attachment[], out: Markdown): void {
  // What the text itself shows, such as a logo, is no attachment to a reader.
  const attached = attachments.filter(({ related }) => related !== true);
  if (attached.length === 0) return;
  out.paragraph('Attachments:');
  for (const { filename, mimeType } of attached) out.item(0, `${filename ?? 'without a name'} (${mimeType})`);
}
