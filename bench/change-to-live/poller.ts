import { Agent, request } from "node:http";

// Runs in a workload of the mesh: asks a service on one kept connection, again and again, as fast as it answers, and
// says when the answer became another: a line with the answer and the machine's monotonic clock in milliseconds.

const [url = ""] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
let last = "";

function ask(): void {
  const call = request(url, { agent }, (answer) => {
    const chunks: Buffer[] = [];
    answer.on("data", (chunk: Buffer) => chunks.push(chunk));
    answer.on("end", () => {
      const at = Number(process.hrtime.bigint()) / 1e6;
      const said = answer.statusCode === 200 ? Buffer.concat(chunks).toString() : `status ${answer.statusCode}`;
      if (said !== last) process.stdout.write(`${at} ${said}\n`);
      last = said;
      ask();
    });
  });
  call.on("error", ask);
  call.end();
}

process.stdin.resume().on("end", () => process.exit());
ask();
