import { describe, expect, it } from '@jest/globals';
import { isRefusal } from '#kernel';
import { disclose, disclosedValues, openDisclosure, type RecordEvent, writeEvent } from '#ledger';
import { callRecord, logIdentity, random } from '../../../test/support/records.ts';
import { controlRecord } from '../control-record.ts';
import { parseListQuery, writeCursor } from './filters.ts';
import { evidenceItem, recordItem } from './record-item.ts';
import type { StoredRecord } from './stored-record.ts';

const around = { origin: 'deponent/test/org-one', packOf: () => 'content', siteOf: () => null };

function stored(event: RecordEvent, texts: readonly string[] = []): StoredRecord {
  return { position: 1, event, eventText: writeEvent(event), disclosed: disclosedValues(texts.map(openDisclosure)), seal: null };
}

describe('a record as it is shown', () => {
  it('has question, answer, grounding, citations and model of a cited answer', () => {
    const { event } = callRecord({ organization: 'org_one', kind: 'cited_answer' });
    const citation = { contentId: 'con_policy', item: 0, lineEnd: 122, lineStart: 120, marker: 1, recordId: event.id, version: 17 };
    const model = { name: 'extractive', provider: 'deponent', responseId: null, tokensIn: null, tokensOut: null, version: '1' };
    const grounding = { dropped: 0, sentences: 3, sources: 5, supported: 3 };
    const answer = disclose('answer', { grounding, quotes: [], text: '30 days [1]', webSearch: 'off' }, random(16));
    const question = disclose('question', 'How many days?', random(16));
    const answered = { ...event, data: { ...event.data, citations: [citation], model } };
    expect(evidenceItem(stored(answered, [answer.text, question.text]), around).answer).toEqual({
      question: 'How many days?',
      answer: '30 days [1]',
      citations: [citation],
      grounding,
      webSearch: 'off',
      model,
    });
    expect(evidenceItem({ ...stored(answered), disclosed: null }, around).answer).toMatchObject({ question: null, answer: null, citations: [citation] });
  });

  it('says of a control record what it is about, and of a credential which sort it is', () => {
    const requester = { actor: 'usr_eve', email: null, client: null, authid: 'key_gov', authtype: 'system' as const, assert: {} };
    const act = { kind: 'hold.placed' as const, about: { holdId: 'hld_1' }, reason: 'a matter' };
    const { request } = controlRecord(logIdentity('org_one'), requester, act, { clock: () => 0, random });
    const event = JSON.parse(Buffer.from(request.streams[0]!.events[0]!.body).toString('utf8'));
    expect(recordItem(stored(event), around)).toMatchObject({
      class: 'control',
      kind: 'hold.placed',
      outcome: 'answered',
      about: { holdId: 'hld_1' },
      correlationId: 'cor_control',
      client: null,
      policy: null,
      credential: { id: 'key_gov', type: 'operator' },
    });
    const person = { ...callRecord({ organization: 'org_one' }).event, authtype: 'app_user' as const };
    expect(recordItem(stored(person), around).credential?.type).toBe('oauth');
    const page = { ...person, data: { ...person.data, client: 'cli_web' } };
    expect(recordItem(stored(page), around).credential?.type).toBe('console');
  });
});

describe('a list query', () => {
  it('takes single and repeated parameters, and its own cursors', () => {
    expect(parseListQuery('audit', { tool: 'a', class: ['audit', 'control'], from: '2026-11-20T11:00:00+01:00', limit: '7', cursor: writeCursor(42) })).toEqual(
      {
        filters: { tool: ['a'], class: ['audit', 'control'], from: Date.parse('2026-11-20T10:00:00Z') },
        cursor: 42,
        limit: 7,
      },
    );
    expect(parseListQuery('evidence', { limit: '200' })).toMatchObject({ limit: 200, cursor: null });
  });

  it('takes only what the list is filtered by', () => {
    const accepted = (list: 'audit' | 'evidence' | 'correlations' | 'group') =>
      ['from', 'to', 'actorId', 'clientId', 'contentId', 'correlationId', 'tool', 'kind', 'outcome', 'class', 'q', 'cursor', 'limit', 'x'].filter((name) => {
        const sample: Record<string, string> = {
          from: '2026-11-20T10:00:00Z',
          to: '2026-11-20T10:00:00Z',
          kind: 'chunks',
          outcome: 'failed',
          class: 'audit',
          limit: '1',
        };
        return !isRefusal(parseListQuery(list, { [name]: name === 'cursor' ? writeCursor(1) : (sample[name] ?? 'value') }));
      });
    expect(accepted('audit')).toEqual([
      'from',
      'to',
      'actorId',
      'clientId',
      'contentId',
      'correlationId',
      'tool',
      'kind',
      'outcome',
      'class',
      'q',
      'cursor',
      'limit',
    ]);
    expect(accepted('evidence')).toEqual(['from', 'to', 'actorId', 'clientId', 'contentId', 'correlationId', 'tool', 'kind', 'q', 'cursor', 'limit']);
    expect(accepted('correlations')).toEqual(['from', 'to', 'actorId', 'clientId', 'contentId', 'tool', 'q', 'cursor', 'limit']);
    expect(accepted('group')).toEqual(['cursor', 'limit']);
  });
});
