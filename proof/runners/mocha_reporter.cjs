// A reporter for mocha: one JSON line a test as soon as it ends, and on the screen what mocha shows people.
// Mocha before 9.2 writes no report to a file (its changelog). Runs inside the sandbox, from beside its report.
'use strict';
const fs = require('fs');
const path = require('path');

function shown() {
  try {
    return require('mocha').reporters.Spec;
  } catch (error) {
    return null;
  }
}

function above(one, key) {
  const found = [];
  for (let each = one; each; each = each.parent) if (each[key]) found.unshift(each[key]);
  return found;
}

function line(one, status, error) {
  const file = above(one, 'file').pop();
  const titles = one.titlePath ? one.titlePath().filter(Boolean) : above(one, 'title');
  const id = file ? [path.relative(process.cwd(), file)].concat(titles) : titles;
  const message = String((error && (error.message || error)) || '').slice(0, 2000);
  return JSON.stringify({ id: id.join(' > '), status, message }) + '\n';
}

module.exports = function Reporter(runner, options) {
  const Shown = shown();
  if (Shown) this.shown = new Shown(runner, options);
  const tell = (...told) => fs.appendFileSync(process.env.CLAUDE_CLUSTER_REPORT, line(...told));
  runner.on('pass', (test) => tell(test, 'passed'));
  runner.on('pending', (test) => tell(test, 'skipped'));
  runner.on('fail', (test, error) => tell(test, test.type === 'hook' ? 'error' : 'failed', error));
};
