// `npm run check`: types, lint, the direction of imports, and whether the generated files are current. One line each, or what is wrong.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);

interface Result {
  readonly code: number;
  readonly stdout: string;
  /** stdout and stderr as they came. */
  readonly output: string;
}

interface Outcome {
  readonly ok: boolean;
  /** What was looked at, for the line of a part that is in order. */
  readonly note?: string;
  readonly output: string;
}

const roomsOptions = ['--config', '.dependency-cruiser.cjs', '--output-type', 'json'];

const parts: Readonly<Record<string, () => Promise<Outcome>>> = {
  types: async () => plain(await tool('tsc', '-p', '.')),
  lint: async () => plain(await tool('eslint', '.', '--max-warnings', '0')),
  rooms: async () => roomsOutcome(await tool('depcruise', ...roomsOptions, 'src', 'plugins', 'test')),
  generated: async () => plain(await run(process.execPath, join(root, 'test/generate.ts'), '--check')),
};

for (const [name, part] of Object.entries(parts)) {
  const started = performance.now();
  const { ok, note, output } = await part();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${name} ${ok ? 'ok' : 'FAILED'} (${note === undefined ? '' : `${note}, `}${seconds} s)\n`);
  if (!ok) {
    process.stdout.write(`${output.trim()}\n`);
    process.exitCode = 1;
  }
}

function plain({ code, output }: Result): Outcome {
  return { ok: code === 0, output };
}

/** dependency-cruiser's report (its JSON output), as far as it is read here. */
interface RoomsReport {
  readonly modules: readonly { readonly source: string }[];
  readonly summary: {
    readonly violations: readonly {
      readonly from: string;
      readonly to: string;
      readonly rule: { readonly name: string };
      readonly comment?: string;
      readonly cycle?: readonly { readonly name: string }[];
    }[];
  };
}

/** A cruise that saw no file of the product passes every rule, so the modules are counted. */
function roomsOutcome({ stdout, output }: Result): Outcome {
  let report: RoomsReport;
  try {
    report = JSON.parse(stdout) as RoomsReport;
  } catch {
    return { ok: false, output };
  }
  const count = report.modules.filter(({ source }) => /^(src|plugins)\//.test(source)).length;
  const violations = report.summary.violations.map(({ from, to, rule, comment, cycle }) =>
    `${rule.name}: ${[from, ...cycle?.map(({ name }) => name) ?? [to]].join(' → ')}${comment === undefined ? '' : ` (${comment})`}`);
  return {
    ok: count > 0 && violations.length === 0,
    note: `${count} modules`,
    output: count === 0 ? 'no module of src/ or plugins/ was cruised: does this TypeScript suit dependency-cruiser?' : violations.join('\n'),
  };
}

function tool(name: string, ...options: readonly string[]): Promise<Result> {
  return run(process.execPath, join(root, 'node_modules/.bin', name), ...options);
}

function run(file: string, ...options: readonly string[]): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, options, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, stdout, output }));
  });
}
