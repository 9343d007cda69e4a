/** Calls ports of an address without saying anything, and prints those from which a word came: ADDRESS PORT… */
import { connect } from "node:net";

/** Servers that speak first do so at once; one that takes longer than this is taken for one that waits. */
const patienceMs = 250;

const [address = "127.0.0.1", ...ports] = process.argv.slice(2);
for (const port of ports) {
  const socket = connect({ host: address, port: Number(port), timeout: patienceMs });
  socket.once("data", () => {
    console.log(port);
    socket.destroy();
  });
  socket.once("connect", () => setTimeout(() => socket.destroy(), patienceMs));
  socket.once("timeout", () => socket.destroy());
  socket.once("error", () => socket.destroy());
}
