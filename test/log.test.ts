/** Lines that are written together are what each would be alone. */
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createLog } from '../src/log.ts';

function heard(level: string) {
  let text = '';
  const sink = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  const lines = () => {
    const whole = text;
    text = '';
    return whole
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  };
  return { log: createLog(level, sink), lines };
}

const requests = [
  { request: '00ff', method: 'POST', path: '/token', status: 200, ms: 3 },
  { request: '01ff', method: 'GET', path: '/"\n\u2028{', status: 404, ms: 0 },
];

describe('several lines at once', () => {
  it('say what they would say one by one, in the same order of members', () => {
    const { log, lines } = heard('info');
    for (const request of requests) log.info(request);
    const alone = lines();
    log.infoOfMany(requests);
    const together = lines();
    expect(together).toHaveLength(2);
    together.forEach((line, index) => {
      expect(Object.keys(line)).toEqual(Object.keys(alone[index] ?? {}));
      expect({ ...line, time: '' }).toEqual({ ...alone[index], time: '' });
      expect(Date.parse(String(line.time))).toBeGreaterThan(Date.now() - 60_000);
    });
  });

  it('are left out where single ones are', () => {
    for (const level of ['warn', 'silent']) {
      const { log, lines } = heard(level);
      log.infoOfMany(requests);
      expect(lines()).toEqual([]);
    }
    const { log, lines } = heard('debug');
    log.infoOfMany(requests);
    expect(lines()).toHaveLength(2);
  });
});
