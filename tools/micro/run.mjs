// Runs a module's main() on the 32-bit MicroPython build: node run.mjs BUILD HEAP_BYTES ROOT MODULE...
// Every file below ROOT is copied into the interpreter's own file system, which starts empty.
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

micropython.FS.mkdir("/root");
copy(root, "/root");
const names = modules.map((name) => JSON.stringify(name)).join(", ");
try {
  micropython.runPython(`import sys\nsys.path.append("/root")\nimport runner\nrunner.main(${names})`);
} catch (error) {
  console.log(String(error.message ?? error));
  process.exitCode = 1;
}
