// A reporter for node:test: one JSON line a test. Runs inside the sandbox, as a data: URL.
import path from 'node:path';

const names = [];

function status(event, isFile) {
  const { skip, todo, details } = event.data;
  if (skip !== undefined && skip !== false) return 'skipped';
  if (event.type === 'test:pass') return 'passed';
  if (todo !== undefined && todo !== false) return 'skipped';
  const kind = details?.error?.failureType;
  return isFile || details?.type === 'suite' || kind === 'hookFailed' || kind === 'cancelledByParent' ? 'error' : 'failed';
}

function line(event) {
  const { name, nesting, file, details } = event.data;
  const isFile = nesting === 0 && (name === file || path.resolve(name) === file);
  if (details?.type === 'suite' && (event.type === 'test:pass' || details?.error?.failureType === 'subtestsFailed')) return '';
  const where = file ? path.relative(process.cwd(), file) : '';
  const id = isFile ? [where] : [where, ...names.slice(0, nesting), name];
  const error = details?.error;
  const message = String(error?.cause?.message ?? error?.cause ?? error?.message ?? '').slice(0, 2000);
  return JSON.stringify({ id: id.join(' > '), status: status(event, isFile), message }) + '\n';
}

export default async function* report(source) {
  for await (const event of source) {
    if (event.type === 'test:start') names[event.data.nesting] = event.data.name;
    if (event.type === 'test:pass' || event.type === 'test:fail') yield line(event);
  }
}
