// An adapter on Node. Its handle is an open /proc/N/stat, which can be read for as long as that
// very process is there.
//
// Wrong in one way: the file is hashed by its path, after the path was compared. Files are read
// by promises, so that the runtime's own threads do it: the explorer has to follow them.
'use strict';
const { createHash } = require('node:crypto');
const { open, readFile, readlink, realpath } = require('node:fs/promises');
const { existsSync } = require('node:fs');
const { createInterface } = require('node:readline');

const handles = new Map();
const refused = (reason) => ({ refused: { reason } });
const bootId = async () => (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
const sha256 = async (path) => createHash('sha256').update(await readFile(path)).digest('hex');
const valid = (pid) => Number.isInteger(pid) && pid > 0 && pid < 2 ** 31;

async function alive({ stat }) {
  try {
    const { buffer, bytesRead } = await stat.read(Buffer.alloc(4096), 0, 4096, 0);
    const line = buffer.toString('latin1', 0, bytesRead);
    return !'ZX'.includes(line[line.lastIndexOf(')') + 2]);
  } catch (error) {
    if (error.code === 'ESRCH') return false;
    throw error;
  }
}

// Why it is not the recorded program; undefined where it is.
async function difference(record, handle) {
  if (!(await alive(handle))) return 'not_found';
  const actual = await readlink(`/proc/${record.pid}/exe`);
  if (actual !== (await realpath(record.exe_path))) return 'exe_path_mismatch';
  if ((await sha256(actual)) !== record.exe_sha256) return 'exe_sha256_mismatch';
  return (await alive(handle)) ? undefined : 'not_found';
}

async function verify(record) {
  if (!valid(record.pid)) return refused('invalid_pid');
  const boot = record.boot_id && (await bootId().catch(() => undefined));
  if (boot === undefined) return refused('boot_id_unavailable');
  if (boot !== record.boot_id) return refused('boot_id_mismatch');
  const stat = await open(`/proc/${record.pid}/stat`).catch(() => undefined);
  if (!stat) return refused('not_found');
  const handle = { pid: record.pid, stat };
  const reason = await difference(record, handle).catch(() => 'exe_path_unreadable');
  if (reason) {
    await stat.close();
    return refused(reason);
  }
  handles.set(handles.size + 1, handle);
  return { accepted: { handle: handles.size } };
}

function signal(pid, name) {
  if (!valid(pid)) return refused('invalid_pid');
  try {
    process.kill(pid, name);
    return { sent: true };
  } catch {
    return refused('handle_failed');
  }
}

const methods = {
  hello: () => ({ protocol: 1, name: 'open stat', version: '1', language: 'JavaScript', capabilities: [] }),
  noop: () => ({}),
  boot_id: async () => ({ boot_id: await bootId() }),
  sha256_file: async ({ path }) => ({ sha256: await sha256(path) }),
  verify: ({ record }) => verify(record),
  handle_pid: ({ handle }) => ({ pid: handles.get(handle).pid }),
  is_alive: async ({ handle }) => ({ alive: await alive(handles.get(handle)) }),
  process_is_alive: ({ pid }) => ({ alive: valid(pid) && existsSync(`/proc/${pid}`) }),
  terminate: ({ pid }) => signal(pid, 'SIGTERM'),
  force_kill: ({ pid }) => signal(pid, 'SIGKILL'),
  close: async ({ handle }) => {
    await handles.get(handle).stat.close();
    return {};
  },
};

async function answer(line) {
  const { id, method, params } = JSON.parse(line);
  const reply = { jsonrpc: '2.0', id };
  try {
    if (!(method in methods)) return { ...reply, error: { code: -32601, message: 'no such method' } };
    return { ...reply, result: await methods[method](params) };
  } catch (error) { // it broke
    return { ...reply, error: { code: -32603, message: String(error) } };
  }
}

let before = Promise.resolve(); // replies come in order
createInterface({ input: process.stdin }).on('line', (line) => {
  before = before.then(async () => process.stdout.write(JSON.stringify(await answer(line)) + '\n'));
});
