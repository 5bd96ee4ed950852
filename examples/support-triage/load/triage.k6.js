// k6 run --new-machine-readable-summary --summary-export=load/result-2026-11-12.json load/triage.k6.js
import http from 'k6/http';
import { check } from 'k6';
import { SharedArray } from 'k6/data';

const tickets = new SharedArray('tickets', () => open('../evals/data/tickets-2026-10.jsonl').trim().split('\n').map(JSON.parse));

export const options = {
  scenarios: {
    // peak is 4 a second; 10 a second is 2.5 times that
    peak: { executor: 'constant-arrival-rate', rate: 10, timeUnit: '1s', duration: '15m', preAllocatedVUs: 60, maxVUs: 120 },
  },
  thresholds: { http_req_duration: ['p(95)<3000'], http_req_failed: ['rate<0.005'] },
};

export default function () {
  const { expected, ...ticket } = tickets[Math.floor(Math.random() * tickets.length)].vars;
  const answer = http.post(`${__ENV.TRIAGE_URL}/triage`, JSON.stringify(ticket), { headers: { 'content-type': 'application/json' } });
  check(answer, { 'has a queue': (r) => r.json('outcome') !== undefined });
}
