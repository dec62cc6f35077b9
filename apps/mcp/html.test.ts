import { describe, expect, it } from '@jest/globals';
import { html } from './html.ts';

describe('markup from a template', () => {
  it('takes what is put in as text', () => {
    expect(html`<p title="${`" onclick='x'`}">${'<script>&'}</p>`.markup).toBe('<p title="&#34; onclick=&#39;x&#39;">&#60;script&#62;&#38;</p>');
  });

  it('takes markup as markup, one or many, and null as nothing', () => {
    expect(html`<ul>${[html`<li>${1}</li>`, html`<li>${'<'}</li>`]}${null}</ul>`.markup).toBe('<ul><li>1</li><li>&#60;</li></ul>');
  });

  it.each([
    ['what turns the direction of a name', 'report\u202Ecod.exe', 'report⟨U+202E⟩cod.exe'],
    ['what is invisible', 'a\u200Bb\uFEFF', 'a⟨U+200B⟩b⟨U+FEFF⟩'],
    ['hidden tags', 'x\u{E0041}', 'x⟨U+E0041⟩'],
    ['controls', 'a\u0000\u001b[2J\r', 'a⟨U+0000⟩⟨U+001B⟩[2J⟨U+000D⟩'],
    ['no line ends, tabs, joiners or letters', 'é\n\t🏳️‍🌈 می‌خواهم', 'é\n\t🏳️‍🌈 می‌خواهم'],
  ])('shows %s', (_, given, shown) => {
    expect(html`${given}`.markup).toBe(shown);
  });
});
