import { constants, crc32, deflateRawSync } from 'node:zlib';

/** Small documents as real programs write them, and as nobody should. For tests. */

export type ZipEntry = {
  readonly name: string;
  readonly content: string | Uint8Array;
  readonly stored?: true;
  /** What the directory says of its size, where that is a lie. */
  readonly declaredSize?: number;
  readonly encrypted?: true;
};

/** A ZIP container (APPNOTE 4.3): local files, central directory, end record. */
export function zip(entries: readonly ZipEntry[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, stored, declaredSize, encrypted } of entries) {
    const bytes = Buffer.from(content);
    const packed = stored ? bytes : deflateRawSync(bytes);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(0x0800 | (encrypted ? 1 : 0), 2);
    fields.writeUInt16LE(stored ? 0 : 8, 4);
    fields.writeUInt32LE(crc32(bytes), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(declaredSize ?? bytes.length, 18);
    fields.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, Buffer.from(name), packed]);
    const trailer = Buffer.alloc(14);
    trailer.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), fields, trailer, Buffer.from(name)]));
    locals.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, central, end]);
}

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const CONTENT_TYPE = 'application/vnd.openxmlformats-officedocument.';

type Relations = Readonly<Record<string, readonly [type: string, target: string]>>;

function relations(of: Relations): string {
  const list = Object.entries(of).map(([id, [type, target]]) => `<Relationship Id="${id}" Type="${OFFICE}/${type}" Target="${target}"/>`);
  return `${XML}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${list.join('')}</Relationships>`;
}

/** An Office Open XML package: its main part, other parts by name, and the main part's relationships. */
function officePackage(main: string, type: string, parts: Readonly<Record<string, string>>, related: Relations = {}, more: readonly ZipEntry[] = []): Buffer {
  const types = `${XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/${main}" ContentType="${CONTENT_TYPE}${type}.main+xml"/></Types>`;
  const [folder, file] = main.split('/');
  return zip([
    { name: '[Content_Types].xml', content: types },
    { name: '_rels/.rels', content: relations({ rId1: ['officeDocument', main] }) },
    { name: `${folder}/_rels/${file}.rels`, content: relations(related) },
    ...Object.entries(parts).map(([name, content]) => ({ name, content: XML + content })),
    ...more,
  ]);
}

const W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"';

/** A Word document with this body; styles are those of a German Word, footnote 2 is there. */
export function docx(body: string, more: readonly ZipEntry[] = []): Buffer {
  const style = (id: string, name: string) => `<w:style w:type="paragraph" w:styleId="${id}"><w:name w:val="${name}"/></w:style>`;
  return officePackage(
    'word/document.xml',
    'wordprocessingml.document',
    {
      'word/document.xml': `<w:document ${W}><w:body>${body}</w:body></w:document>`,
      'word/styles.xml': `<w:styles ${W}>${style('berschrift1', 'heading 1')}${style('berschrift2', 'heading 2')}${style('Titel', 'Title')}</w:styles>`,
      'word/footnotes.xml': `<w:footnotes ${W}><w:footnote w:type="separator" w:id="0"><w:p/></w:footnote><w:footnote w:id="2"><w:p><w:r><w:t>As amended.</w:t></w:r></w:p></w:footnote></w:footnotes>`,
    },
    { rId1: ['styles', 'styles.xml'], rId2: ['footnotes', '/word/footnotes.xml'] },
    more,
  );
}

export function wordParagraph(text: string, properties = ''): string {
  return `<w:p><w:pPr>${properties}</w:pPr><w:r><w:t xml:space="preserve">${text}</w:t></w:r></w:p>`;
}

const S = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"';

/** A workbook of two sheets, the second file first; style 1 is a date, style 2 a format of its own. */
export function xlsx(rows: string, strings: readonly string[] = []): Buffer {
  return officePackage(
    'xl/workbook.xml',
    'spreadsheetml.sheet',
    {
      'xl/workbook.xml': `<workbook ${S}><sheets><sheet name="Budget 2026" sheetId="7" r:id="rId2"/><sheet name="Empty" sheetId="1" r:id="rId1"/></sheets></workbook>`,
      'xl/worksheets/sheet1.xml': `<worksheet ${S}><sheetData/></worksheet>`,
      'xl/worksheets/sheet2.xml': `<worksheet ${S}><sheetData>${rows}</sheetData></worksheet>`,
      'xl/sharedStrings.xml': `<sst ${S}>${strings.map((text) => `<si><r><t>${text}</t></r><rPh><t>reading</t></rPh></si>`).join('')}</sst>`,
      'xl/styles.xml': `<styleSheet ${S}><numFmts><numFmt numFmtId="164" formatCode="[$-409]d\\ mmm\\ yyyy\\ hh:mm"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs></styleSheet>`,
    },
    {
      rId1: ['worksheet', 'worksheets/sheet1.xml'],
      rId2: ['worksheet', 'worksheets/sheet2.xml'],
      rId3: ['sharedStrings', 'sharedStrings.xml'],
      rId4: ['styles', 'styles.xml'],
    },
  );
}

const P =
  'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"';

export function slideShape(kind: string, paragraphs: string): string {
  return `<p:sp><p:nvSpPr><p:nvPr>${kind}</p:nvPr></p:nvSpPr><p:txBody>${paragraphs}</p:txBody></p:sp>`;
}

/** Slides in this order, stored in the opposite one; the first has notes. */
export function pptx(slides: readonly string[], notes: string): Buffer {
  const fileOf = (index: number) => `slides/slide${slides.length - index}.xml`;
  const ids = slides.map((_, index) => `<p:sldId id="${256 + index}" r:id="rId${index + 1}"/>`).join('');
  const parts = Object.fromEntries(
    slides.map((shapes, index) => [`ppt/${fileOf(index)}`, `<p:sld ${P}><p:cSld><p:spTree>${shapes}</p:spTree></p:cSld></p:sld>`]),
  );
  return officePackage(
    'ppt/presentation.xml',
    'presentationml.presentation',
    {
      'ppt/presentation.xml': `<p:presentation ${P}><p:sldIdLst>${ids}</p:sldIdLst></p:presentation>`,
      ...parts,
      'ppt/notesSlides/notesSlide1.xml': `<p:notes ${P}><p:cSld><p:spTree>${slideShape('<p:ph type="sldImg"/>', '')}${slideShape('<p:ph type="body"/>', `<a:p><a:r><a:t>${notes}</a:t></a:r></a:p>`)}</p:spTree></p:cSld></p:notes>`,
    },
    Object.fromEntries(slides.map((_, index) => [`rId${index + 1}`, ['slide', fileOf(index)] as const])),
    [{ name: `ppt/slides/_rels/slide${slides.length}.xml.rels`, content: relations({ rId1: ['notesSlide', '../notesSlides/notesSlide1.xml'] }) }],
  );
}

const ODF = ['office', 'text', 'table', 'draw', 'presentation'].map((name) => `xmlns:${name}="urn:oasis:names:tc:opendocument:xmlns:${name}:1.0"`).join(' ');

export function openDocument(kind: 'text' | 'spreadsheet' | 'presentation', body: string): Buffer {
  return zip([
    { name: 'mimetype', content: `application/vnd.oasis.opendocument.${kind}`, stored: true },
    {
      name: 'content.xml',
      content: `${XML}<office:document-content ${ODF}><office:body><office:${kind}>${body}</office:${kind}></office:body></office:document-content>`,
    },
  ]);
}

/** A PDF 1.4 of pages, each a list of lines, those that begin with `# ` set larger; with a cross-reference table as it should be. */
export function pdf(pages: readonly (readonly string[])[]): Buffer {
  const kids = pages.map((_, index) => `${4 + index * 2} 0 R`).join(' ');
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${kids}] /Count ${pages.length} >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  for (const [index, lines] of pages.entries()) {
    const shown = lines.map((line) => `/F1 ${line.startsWith('# ') ? 18 : 12} Tf (${line.replace(/^# /, '').replace(/[\\()]/g, '\\$&')}) Tj T*`).join('\n');
    const content = `BT 14 TL 72 720 Td\n${shown}\nET`;
    objects.push(`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> /Contents ${5 + index * 2} 0 R >>`);
    objects.push(`<< /Length ${content.length} >>\nstream\n${content}\nendstream`);
  }
  return pdfOf(objects);
}

/** A PDF of one page whose content is a thousand times as large unpacked: so many megabytes of spaces (RFC 1951, blocks one after the other). */
export function pdfBomb(megabytes: number): Buffer {
  const block = deflateRawSync(Buffer.alloc(1024 * 1024, 0x20), { finishFlush: constants.Z_FULL_FLUSH });
  const packed = Buffer.concat([Buffer.from([0x78, 0x9c]), ...Array.from({ length: megabytes }, () => block), Buffer.from([0x03, 0x00])]);
  return pdfOf([
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R >>',
    `<< /Length ${packed.length} /Filter /FlateDecode >>\nstream\n${packed.toString('latin1')}\nendstream`,
  ]);
}

function pdfOf(objects: readonly string[]): Buffer {
  let file = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const offset = file.length;
    file += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const size = objects.length + 1;
  return Buffer.from(
    `${file}xref\n0 ${size}\n0000000000 65535 f \n${table}trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${file.length}\n%%EOF\n`,
    'latin1',
  );
}
