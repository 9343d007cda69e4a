import { createServer } from "node:http";

// Runs as a workload of the mesh, and answers everything with its version.

const [port, version] = process.argv.slice(2);
createServer((_, answer) => answer.end(version)).listen(Number(port));
