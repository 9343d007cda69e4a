/** Says hello, and which version says it. */
import { createServer } from "node:http";

const greeting = process.env.GREETING ?? "Hello";
const server = createServer((_, response) => {
  response.end(`${greeting} from ${process.env.STOD_WORKLOAD ?? "greeter"}\n`);
});
server.listen(Number(process.env.PORT ?? 8000), process.env.HOST);
process.once("SIGTERM", () => server.close());
