// Runs modules on the 32-bit MicroPython build: node run.mjs BUILD HEAP_BYTES ROOT MODULE...
// Every file below ROOT is copied into the interpreter's own file system, which starts empty.
// This build collects garbage only between two calls from here, so each module gets its own.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [build, heapBytes, root, ...modules] = process.argv.slice(2);
const { loadMicroPython } = await import(pathToFileURL(join(build, "micropython.mjs")));
const micropython = await loadMicroPython({
  url: join(build, "micropython.wasm"),
  heapsize: Number(heapBytes),
  stdout: (line) => console.log(line),
  linebuffer: true,
});

function copy(from, to) {
  for (const name of readdirSync(from)) {
    const source = join(from, name);
    const target = `${to}/${name}`;
    if (statSync(source).isDirectory()) {
      micropython.FS.mkdir(target);
      copy(source, target);
    } else {
      micropython.FS.writeFile(target, readFileSync(source));
    }
  }
}

copy(root, "");
try {
  micropython.runPython("import gc, runner");
  for (const name of modules) {
    micropython.runPython("gc.collect()");
    micropython.runPython(`runner.main(${JSON.stringify(name)})`);
  }
} catch (error) {
  console.log(String(error.message ?? error));
  process.exitCode = 1;
}
