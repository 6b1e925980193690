// A reporter for jasmine (3.4 or newer): one JSON line a spec as soon as it ends, and a line on the screen.
// Runs inside the sandbox, from beside its report.
'use strict';
const fs = require('fs');
const path = require('path');

// What jasmine calls a spec's end (jasmine.github.io, SpecResult.status); the others did not run.
const ENDS = { passed: 'passed', failed: 'failed' };

function tell(id, status, failures) {
  const message = failures.map((failure) => failure.message).join('\n').slice(0, 2000);
  fs.appendFileSync(process.env.CLAUDE_CLUSTER_REPORT, JSON.stringify({ id, status, message }) + '\n');
  console.log(`${status} ${id}${message && `: ${message}`}`);
}

module.exports = class Reporter {
  constructor() {
    this.suites = [];
  }

  suiteStarted(suite) {
    this.suites.push(suite.description);
  }

  specDone(spec) {
    const file = spec.filename ? [path.relative(process.cwd(), spec.filename)] : [];
    const id = [...file, ...this.suites, spec.description].join(' > ');
    tell(id, ENDS[spec.status] || 'skipped', spec.failedExpectations);
  }

  suiteDone(suite) {
    if (suite.failedExpectations.length) tell(this.suites.join(' > '), 'error', suite.failedExpectations);
    this.suites.pop();
  }

  jasmineDone(run) {
    if (run.failedExpectations.length) tell('the whole run', 'error', run.failedExpectations);
  }
};
