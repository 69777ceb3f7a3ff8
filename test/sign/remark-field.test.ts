import { expect, test } from 'vitest';
import { BODY_ELEMENTS } from '../../src/entry/element.ts';
import { REMARK_FIELDS, readRemarks } from '../../src/sign/remark-field.ts';

test('everything an endorser can say is asked for, except what others set', () => {
  const asked = REMARK_FIELDS.map(({ field }) => field);
  expect(new Set(asked).size).toBe(asked.length);
  const left = BODY_ELEMENTS.map(({ field }) => field).filter((field) => !asked.includes(field));
  expect(left.toSorted()).toEqual(['deprecated', 'draftedAt', 'validUntil']);
});

test('texts become values, each once, and empty ones state nothing', () => {
  const texts: Readonly<Record<string, readonly string[]>> = {
    title: [' A title '],
    os: [''],
    location: ['https://a.example/x', '', 'https://b.example/x', 'https://a.example/x'],
    'inbound-port': ['22', '0443'],
    'serial-number': ['7'],
  };
  expect(readRemarks((name) => texts[name] ?? [])).toEqual({
    problems: [],
    remarks: {
      title: 'A title',
      locations: ['https://a.example/x', 'https://b.example/x'],
      inboundPorts: [22, 443],
      serialNumber: 7,
    },
  });
});

test('each text the entry format does not allow is told of by the name of its field', () => {
  const texts: Readonly<Record<string, readonly string[]>> = { kind: ['boat'], icmp: ['8', '256'], replaces: ['x'] };
  const { remarks, problems } = readRemarks((name) => texts[name] ?? []);
  expect(remarks).toEqual({ icmp: [8] });
  expect(problems.map(({ name }) => name)).toEqual(['kind', 'icmp', 'replaces']);
});
