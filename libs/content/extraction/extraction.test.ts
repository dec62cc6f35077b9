import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { docx, openDocument, pdf, pptx, slideShape, wordParagraph, xlsx, zip } from './documents.fixture.ts';
import { createMarkdown } from './readers/markdown.ts';
import { readDocument } from './readers/read-document.ts';

const read = (bytes: Uint8Array, extension = '', contentType = 'application/octet-stream') => readDocument(bytes, { extension, contentType });
const html = (page: string) => read(Buffer.from(page), 'html', 'text/html');

const OPEN = 'application/vnd.openxmlformats-officedocument.';
const ok = (text: string, name: string, contentType: string, pages: number | null = null) => ({
  outcome: { status: 'ok', reason: null, extractor: { name, version: '1' }, contentType, pages, characters: text.length },
  text,
});

describe('a Word document', () => {
  it('gives headings, lists, tables and notes, in any language of Word', async () => {
    const cell = (text: string) => `<w:tc>${wordParagraph(text)}</w:tc>`;
    const body = [
      wordParagraph('Mietvertrag', '<w:pStyle w:val="Titel"/>'),
      wordParagraph('1 Sache', '<w:pStyle w:val="berschrift2"/>'),
      `<w:p><w:r><w:t>The </w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>flat</w:t></w:r><w:r><w:tab/><w:t>&amp; cellar</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>`,
      wordParagraph('keys', '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'),
      wordParagraph('two of them', '<w:numPr><w:ilvl w:val="1"/><w:numId w:val="1"/></w:numPr>'),
      `<w:tbl><w:tr>${cell('Rent')}${cell('CHF | month')}</w:tr><w:tr>${cell('flat')}<w:tc>${wordParagraph('1,800')}${wordParagraph('net')}</w:tc></w:tr></w:tbl>`,
      '<w:p><w:del><w:r><w:delText>deleted</w:delText></w:r></w:del><w:ins><w:r><w:t>kept</w:t></w:r></w:ins></w:p>',
      '<w:p><w:r><mc:AlternateContent><mc:Choice><w:t>box</w:t></mc:Choice><mc:Fallback><w:t>box</w:t></mc:Fallback></mc:AlternateContent></w:r></w:p>',
    ];
    const text = [
      '# Mietvertrag\n',
      '## 1 Sache\n',
      'The flat & cellar[^2]\n',
      '- keys\n  - two of them\n',
      '| Rent | CHF \\| month |\n| --- | --- |\n| flat | 1,800 net |\n',
      'kept\n',
      'box\n',
      '[^2]: As amended.\n',
    ].join('\n');
    expect(await read(docx(body.join('')))).toEqual(ok(text, 'word', `${OPEN}wordprocessingml.document`));
  });
});

describe('a workbook', () => {
  it('gives its sheets in order, by name, cells as they show', async () => {
    const rows = [
      '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="inlineStr"><is><t>Paid</t></is></c></row>',
      '<row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2"><v>1800.5</v></c><c r="C2" s="1"><v>46023</v></c></row>',
      '<row r="3"/>',
      '<row r="4"><c r="C4" s="2"><v>46023.75</v></c><c r="D4" t="b"><v>1</v></c><c r="E4" t="e"><v>#N/A</v></c></row>',
      '<row r="5"><c r="A5" t="str"><f>A1&amp;A2</f><v>sum</v></c></row>',
    ];
    const text = [
      '## Budget 2026\n',
      '| Item | Cost | Paid |\n| --- | --- | --- |\n| Rent &amp; heat | 1800.5 | 2026-01-01 |'.replace('&amp;', '&'),
      '|  |  | 2026-01-01 18:00:00 | TRUE | #N/A |\n| sum |\n',
      '## Empty\n',
    ].join('\n');
    expect(await read(xlsx(rows.join(''), ['Item', 'Cost', 'Rent &amp; heat']))).toEqual(ok(text, 'workbook', `${OPEN}spreadsheetml.sheet`, 2));
  });
});

describe('a presentation', () => {
  it('gives its slides as they are shown, with titles, points, tables and notes', async () => {
    const paragraph = (text: string, properties = '') => `<a:p>${properties}<a:r><a:t>${text}</a:t></a:r></a:p>`;
    const cell = (text: string) => `<a:tc><a:txBody>${paragraph(text)}</a:txBody></a:tc>`;
    const first =
      slideShape('<p:ph type="ctrTitle"/>', paragraph('Results')) +
      slideShape('<p:ph idx="1"/>', paragraph('up') + paragraph('by half', '<a:pPr lvl="1"/>')) +
      slideShape('<p:ph type="sldNum"/>', paragraph('1'));
    const second =
      slideShape('', paragraph('a free text')) +
      `<p:graphicFrame><a:tbl><a:tr>${cell('Q1')}${cell('Q2')}</a:tr><a:tr>${cell('1')}${cell('2')}</a:tr></a:tbl></p:graphicFrame>`;
    const text = '## Slide 1: Results\n\n- up\n  - by half\n\nNotes: say thanks\n\n## Slide 2\n\na free text\n\n| Q1 | Q2 |\n| --- | --- |\n| 1 | 2 |\n';
    expect(await read(pptx([first, second], 'say thanks'))).toEqual(ok(text, 'slides', `${OPEN}presentationml.presentation`, 2));
  });
});

describe('OpenDocument', () => {
  const type = (kind: string) => `application/vnd.oasis.opendocument.${kind}`;

  it('text: headings, lists, tables, notes; neither comments nor what was deleted', async () => {
    const cell = (text: string) => `<table:table-cell><text:p>${text}</text:p></table:table-cell>`;
    const body = `<text:tracked-changes><text:p>deleted</text:p></text:tracked-changes>
      <text:h text:outline-level="2">Scope</text:h>
      <text:p>One<text:s text:c="2"/>two<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>see there</text:p></text:note-body></text:note>.<office:annotation><text:p>why?</text:p></office:annotation></text:p>
      <text:list><text:list-item><text:p>a</text:p><text:list><text:list-item><text:p>b</text:p></text:list-item></text:list></text:list-item></text:list>
      <table:table table:name="Table1"><table:table-row>${cell('x')}${cell('y')}</table:table-row></table:table>`;
    const text = '## Scope\n\nOne two [1: see there].\n\n- a\n  - b\n\n| x | y |\n| --- | --- |\n';
    expect(await read(openDocument('text', body))).toEqual(ok(text, 'open-document', type('text')));
  });

  it('spreadsheet: sheets by name, repeated cells where they stand, none to the edge of the sheet', async () => {
    const cell = (text: string, repeated = 1) =>
      `<table:table-cell table:number-columns-repeated="${repeated}">${text === '' ? '' : `<text:p>${text}</text:p>`}</table:table-cell>`;
    const row = (cells: string, repeated = 1) => `<table:table-row table:number-rows-repeated="${repeated}">${cells}</table:table-row>`;
    const rows = row(cell('a') + cell('', 2) + cell('b', 2) + cell('', 16_000)) + row(cell('', 16_384), 1_048_000) + row(cell('c'), 2);
    const text = '## Stock\n\n| a |  |  | b | b |\n| --- | --- | --- | --- | --- |\n| c |\n| c |\n';
    expect(await read(openDocument('spreadsheet', `<table:table table:name="Stock">${rows}</table:table>`))).toEqual(
      ok(text, 'open-document', type('spreadsheet'), 1),
    );
  });

  it('presentation: slides with their notes', async () => {
    const page =
      '<draw:page><draw:frame><draw:text-box><text:p>Welcome</text:p></draw:text-box></draw:frame><presentation:notes><text:p>smile</text:p></presentation:notes></draw:page>';
    expect(await read(openDocument('presentation', page + page.replace('smile', '')))).toEqual(
      ok('## Slide 1\n\nWelcome\n\nNotes: smile\n\n## Slide 2\n\nWelcome\n', 'open-document', type('presentation'), 2),
    );
  });
});

describe('PDF', () => {
  it('gives its lines, page by page', async () => {
    const text = 'The tenant pays (net)\non the first day.\n\nPage two\n';
    expect(await read(pdf([['The tenant pays (net)', 'on the first day.'], ['Page two']]))).toEqual(ok(text, 'pdf', 'application/pdf', 2));
  });

  it('takes what is set larger for headings', async () => {
    const { text } = await read(
      pdf([
        ['# Rent', 'Due on the first of each month.', '# Notice', 'Ninety days.'],
        ['# Keys', 'Two.'],
      ]),
    );
    expect(text).toBe('# Rent\n\nDue on the first of each month.\n\n# Notice\n\nNinety days.\n\n# Keys\n\nTwo.\n');
  });

  it('has no text where its pages are pictures', async () => {
    expect((await read(pdf([[], []]))).outcome).toMatchObject({ status: 'no_text', reason: expect.stringContaining('scanned') });
  });
});

describe('HTML', () => {
  it('gives what a reader sees', async () => {
    const page = `<!doctype html><html><head><title>not shown</title><style>p{}</style></head><body>
      <h1>Terms &amp; <em>conditions</em></h1><p>Pay
      within <b>30</b>&nbsp;days.<br>No discount.</p><script>alert(1)</script>
      <ul><li>one<ul><li>inner</li></ul></li><li><p>two</p></li></ul>
      <table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td><p>2</p><p>3</p></td></tr></table>
      <pre>  kept\n    as is</pre><img src="x" alt="a chart"></body></html>`;
    const text =
      '# Terms & conditions\n\nPay within 30 days.\nNo discount.\n\n- one\n  - inner\n- two\n\n| a | b |\n| --- | --- |\n| 1 | 2 3 |\n\n  kept\n    as is\n\na chart\n';
    expect(await html(page)).toEqual(ok(text, 'html', 'text/html'));
  });

  it('is read in the encoding it declares', async () => {
    const page = Buffer.from('<meta charset="iso-8859-15"><p>5 \xa4</p>', 'latin1');
    expect((await read(page, 'htm', 'text/html')).text).toBe('5 €\n');
  });
});

describe('mail', () => {
  it('gives subject, people, date, text and the names of attachments', async () => {
    const message = [
      'From: =?utf-8?Q?Ren=C3=A9?= <rene@example.com>',
      'To: Ann <ann@example.com>, bob@example.com',
      'Date: Tue, 6 Jan 2026 10:00:00 +0100',
      'Subject: =?iso-8859-1?Q?K=FCndigung?=',
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      'Content-Type: text/plain; charset=windows-1252',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      'It ends in =85 May.',
      '--b',
      'Content-Type: application/pdf; name="notice.pdf"',
      'Content-Disposition: attachment; filename="notice.pdf"',
      'Content-Transfer-Encoding: base64',
      '',
      'JVBERi0=',
      '--b--',
    ];
    const text =
      '# Kündigung\n\nFrom: René <rene@example.com>\nTo: Ann <ann@example.com>, bob@example.com\nDate: 2026-01-06T09:00:00.000Z\n\nIt ends in … May.\n\nAttachments:\n\n- notice.pdf (application/pdf)\n';
    expect(await read(Buffer.from(message.join('\r\n')), 'eml', 'message/rfc822')).toEqual(ok(text, 'mail', 'message/rfc822'));
  });

  it('gives the text of its HTML where it has no other', async () => {
    expect((await read(Buffer.from('Subject: x\r\nContent-Type: text/html\r\n\r\n<h2>Hi</h2><p>there'), 'eml', 'message/rfc822')).text).toBe(
      '# x\n\n## Hi\n\nthere\n',
    );
  });
});

describe('RTF', () => {
  it('gives text, headings and tables, in its code page', async () => {
    const rtf = String.raw`{\rtf1\ansi\ansicpg1251{\fonttbl{\f0 Arial;}}{\*\generator Riched20}{\info{\title not shown}}
\pard\outlinelevel0 \'cf\'f0\'e8\'e2\'e5\'f2\par
\pard An em\emdash dash, 5 \u8364?, \{braces\} and {\b bold}\line next\par
\trowd\cellx1000\cellx2000\intbl a\cell b\cell\row
\trowd\intbl 1\cell 2\cell\row
\pard end\par}`;
    const text = '# Привет\n\nAn em—dash, 5 €, {braces} and bold\nnext\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\nend\n';
    expect(await read(Buffer.from(rtf))).toEqual(ok(text, 'rtf', 'application/rtf'));
  });
});

describe('what is not what it should be', () => {
  const deep = (open: string, close: string, times: number) => open.repeat(times) + close.repeat(times);
  const bomb = Buffer.alloc(60_000_000, 0x20);
  const whole = pdf([['a line'], ['another line']]);

  it.each([
    ['a ZIP bomb inside a document', docx('', [{ name: 'word/media/bomb', content: bomb }]), 'refused', 'packed more tightly'],
    [
      'more than a document may be',
      docx('', [
        { name: 'word/a', content: bomb },
        { name: 'word/b', content: bomb },
        { name: 'word/c', content: bomb },
      ]),
      'refused',
      'larger',
    ],
    ['an entry that holds more than it declares', docx(wordParagraph('x'.repeat(9_000)), [{ name: 'x', content: bomb, declaredSize: 10 }]), 'ok', null],
    [
      'a part that holds more than it declares',
      zip([
        { name: 'mimetype', content: 'application/vnd.oasis.opendocument.text', stored: true },
        { name: 'content.xml', content: bomb, declaredSize: 1_000_000 },
      ]),
      'failed',
      'broken',
    ],
    [
      '2,001 entries',
      zip([
        { name: 'mimetype', content: 'application/vnd.oasis.opendocument.text', stored: true },
        ...Array.from({ length: 2_000 }, (_, n) => ({ name: `${n}`, content: '' })),
      ]),
      'refused',
      'entries',
    ],
    ['a password', docx('', [{ name: 'secret', content: 'x', encrypted: true }]), 'refused', 'password'],
    ['an entry that leads out', docx('', [{ name: '../../etc/passwd', content: 'x' }]), 'refused', 'leads out'],
    ['an entry whose name turns its direction', docx('', [{ name: 'word/\u202Efdp.exe', content: 'x' }]), 'ok', null],
    ['an absolute entry', docx('', [{ name: '/etc/passwd', content: 'x' }]), 'refused', 'leads out'],
    ['an entry with NUL', docx('', [{ name: 'a\0.xml', content: 'x' }]), 'refused', 'name'],
    [
      '200,000 nested elements',
      docx(deep('<w:p>', '</w:p>', 200_000), [{ name: 'word/media/photo', content: randomBytes(100_000) }]),
      'refused',
      'nested more than 256',
    ],
    ['XML that is cut off', docx(`${wordParagraph('before')}<w:p>`), 'partial', 'damage'],
    ['an external relationship', docx(wordParagraph('x')), 'ok', null],
    ['a document without its part', zip([{ name: 'mimetype', content: 'application/vnd.oasis.opendocument.text', stored: true }]), 'failed', 'OpenDocument'],
    ['half a container', docx(wordParagraph('x')).subarray(0, 900), 'failed', 'broken'],
    ['half a PDF', whole.subarray(0, whole.length / 2), 'failed', 'PDF'],
    ['a PDF without its index, which can be made anew', whole.subarray(0, -21), 'ok', null],
    ['a PDF without pages', Buffer.from('%PDF-1.7\nnothing\n'), 'failed', 'PDF'],
    ['an RTF of 200,000 groups', Buffer.from(`{\\rtf1 ${deep('{', '}', 200_000)}`), 'refused', 'nested more than 512'],
    ['a plain ZIP', zip([{ name: 'a.txt', content: 'x' }]), 'no_text', 'application/zip'],
    ['a photograph', Buffer.concat([Buffer.from('ffd8ffe000104a46494600', 'hex'), randomBytes(60)]), 'no_text', 'image/jpeg'],
    ['an old Word document', Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(2_000)]), 'no_text', 'x-cfb'],
    ['random bytes', Buffer.concat([Buffer.from([0]), randomBytes(5_000)]), 'no_text', 'type'],
    ['nothing', Buffer.alloc(0), 'no_text', 'type'],
  ])('%s: says so', async (_, bytes, status, reason) => {
    const { outcome, text } = await read(bytes);
    expect([outcome.status, outcome.reason]).toEqual([status, reason === null ? null : expect.stringContaining(reason)]);
    expect(text === null).toBe(!['ok', 'partial'].includes(status));
  });

  it('never reads what a document type points to', async () => {
    const xxe =
      '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><office:document-content xmlns:office="o" xmlns:text="t"><text:p>&e;</text:p></office:document-content>';
    const file = zip([
      { name: 'mimetype', content: 'application/vnd.oasis.opendocument.text', stored: true },
      { name: 'content.xml', content: xxe },
    ]);
    expect(await read(file)).toMatchObject({ outcome: { status: 'refused', reason: expect.stringContaining('document type') }, text: null });
  });

  it('takes HTML as far as it nests sanely, however long it goes on', async () => {
    const started = performance.now();
    expect((await html(`<p>before</p>${deep('<div>', '</div>', 200_000)}`)).outcome).toMatchObject({
      status: 'partial',
      reason: expect.stringContaining('512'),
    });
    expect((await html(deep('<div>', '</div>', 200_000))).outcome).toMatchObject({ status: 'refused' });
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it('is taken for what it is, whatever it is called', async () => {
    const text = await read(pdf([['really a PDF']]), 'docx', 'application/msword');
    expect([text.text, text.outcome.contentType]).toEqual(['really a PDF\n', 'application/pdf']);
  });
});

describe('the text', () => {
  it('ends at the limit, after a whole block', () => {
    const out = createMarkdown(20);
    out.paragraph('fifteen letters');
    expect(() => out.paragraph('four')).toThrow('first 20 characters');
    expect(out.text()).toBe('fifteen letters\n');
  });

  it('holds no control characters and no half ones; marks of direction are text', async () => {
    expect((await html(`<p>a\u0001b\u009fc\u202Ed\u200F e</p>${'<hr>'.repeat(100)}`)).text).toBe('abc\u202Ed\u200F e\n');
    const out = createMarkdown();
    out.paragraph('\uD800x');
    expect(out.text()).toBe('\uFFFDx\n');
  });
});
