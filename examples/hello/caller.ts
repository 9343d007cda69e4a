/** Asks the greeter once a second, and prints what it says. */
const greeter = process.env.GREETER_URL ?? "http://greeter:8000";

async function ask(): Promise<void> {
  try {
    const response = await fetch(greeter, { signal: AbortSignal.timeout(2000) });
    console.log(`${response.status} ${(await response.text()).trim()}`);
  } catch (reason) {
    console.log(`no answer: ${((reason as Error).cause as Error | undefined)?.message ?? reason}`);
  }
}

const asking = setInterval(ask, 1000);
process.once("SIGTERM", () => clearInterval(asking));
