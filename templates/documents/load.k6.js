---
title: Load test (k6)
checks: [ops-load-tested, ml-monitor-6]
path: "load/{{ project.slug }}.k6.js"
there: evidence.load_test
then: Run it against staging after the last serving change and keep the result (`k6 run --summary-export`)
---
// Holds the peak with headroom and fails beyond the limits. Run: k6 run --summary-export load/result.json THIS_FILE
import http from 'k6/http';
import { check } from 'k6';

export const options = {
  scenarios: {
    peak: {
      executor: 'constant-arrival-rate',
      rate: {{ rate }}, // {{ "peak times headroom, requests per second" }}
      timeUnit: '1s',
      duration: '10m',
      preAllocatedVUs: {{ rate * 10 }},
    },
  },
  thresholds: {
    http_req_duration: [{{ "p(95)<" ~ (m.load.p95_ms or 3000) }}],
    http_req_failed: [{{ "rate<" ~ error_rate }}],
  },
};

// aipp:unfinished: the address of staging, and requests as users send them (long ones and malformed ones among them)
const TARGET = __ENV.TARGET || 'http://localhost:8080/';

export default function () {
  const answer = http.post(TARGET, JSON.stringify({ input: 'a request as users send it' }), {
    headers: { 'Content-Type': 'application/json' },
  });
  check(answer, { 'answered': (r) => r.status === 200 });
}
