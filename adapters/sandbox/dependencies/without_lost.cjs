// Takes out of ./package.json the development dependencies that can't be had (their repository is gone, say), so
// that the others can be installed. Ends with 1 when that would not help: nothing is lost, or nothing is reached.
'use strict';
const { execFile } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');

const AT_ONCE = 4;
const LIMIT_MS = 40000;
const ASK = ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
const LOCAL = /^(?:file|link|workspace|portal):|^[./~]/;

const manifest = JSON.parse(fs.readFileSync('package.json', 'utf8'));
const wanted = Object.entries(manifest.devDependencies || {}).filter(([, version]) => !LOCAL.test(version));
const lost = [];
let found = 0;

function had([name, version]) {
  const cwd = fs.mkdtempSync(path.join(os.tmpdir(), 'had-'));
  const alone = { name: 'alone', version: '1.0.0', private: true, dependencies: { [name]: version } };
  fs.writeFileSync(path.join(cwd, 'package.json'), JSON.stringify(alone));
  return new Promise((done) => {
    execFile('npm', ASK, { cwd, timeout: LIMIT_MS, killSignal: 'SIGKILL' }, (error) => done(!error));
  });
}

async function ask() {
  while (wanted.length && (found || lost.length < AT_ONCE)) {
    const next = wanted.shift();
    if (await had(next)) found += 1;
    else lost.push(next[0]);
  }
}

Promise.all(Array.from({ length: AT_ONCE }, ask)).then(() => {
  if (!lost.length || !found) process.exit(1);
  lost.forEach((name) => delete manifest.devDependencies[name]);
  fs.writeFileSync('package.json', JSON.stringify(manifest, null, 2));
  console.log('left out, for they can not be had: ' + lost.sort().join(', '));
});
